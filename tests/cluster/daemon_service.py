# SPDX-License-Identifier: Apache-2.0
"""What an agent tells the service manager; we are the manager."""
import os
import signal
import socket
import threading
import time

import lab
from daemon_lab import Daemon, until

SENDER = "203.0.113.61"


class Manager:
    """Collects the datagrams of one agent. `map_at_ready`: was the map there when the agent said that it is ready?"""

    def __init__(self, agent):
        self.agent, self.messages, self.map_at_ready = agent, [], None
        self.path = agent.lab.path(agent.name, "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o777)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            message = self.socket.recv(4096).decode().split("\n")
            if message[0] == "READY=1" and self.map_at_ready is None:
                self.map_at_ready = os.path.exists(self.agent.map)
            self.messages.append(message)

    def start(self, watchdog_us):
        """Starts the agent as a manager would. Its process id is not known before, so WATCHDOG_PID is not set."""
        os.environ.update(NOTIFY_SOCKET=self.path, WATCHDOG_USEC=str(watchdog_us))
        try:
            self.agent.start()
        finally:
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]

    def heard(self, *words):
        """Those messages that begin with these words."""
        return [message for message in self.messages if all(a.startswith(b) for a, b in zip(message, words)) and
                len(message) >= len(words)]


def test_service(place, template):
    """Ready once the map is written; alive as often as asked; a status that follows; a frame around each reload."""
    agent = Daemon(place, "service", template)
    manager = Manager(agent)
    manager.start(200000)
    yield until("it is ready", lambda: manager.heard("READY=1"))
    lab.check(manager.map_at_ready, "it said READY=1 before there was a map")
    lab.check(manager.messages[0] == ["READY=1", "STATUS=0 entries in the map, 0 of 0 peers up"], "%s", manager.messages[0])
    yield until("it says that it is alive", lambda: len(manager.heard("WATCHDOG=1")) >= 3)
    yield agent.ready()
    lab.check(agent.ask("ban", SENDER)[0] == 0, "ban failed")
    yield until("the status follows", lambda: manager.heard("STATUS=1 entry in the map"))

    for mistake in (None, "no"):
        agent.set("detect", threshold=mistake)
        before_us = time.monotonic_ns() // 1000
        agent.process.send_signal(signal.SIGHUP)
        yield until("it tells of the reload", lambda: manager.heard("RELOADING=1", "MONOTONIC_USEC="))
        at_us = int(manager.heard("RELOADING=1")[0][1].split("=")[1])
        lab.check(before_us <= at_us <= time.monotonic_ns() // 1000, "%d is not after %d", at_us, before_us)
        yield until("it is ready again", lambda: manager.heard("READY=1")[1:])
        place = manager.messages.index(manager.heard("RELOADING=1")[0])
        lab.check(manager.messages[place + 1] == ["READY=1"], "after the reload: %s", manager.messages[place:])
        manager.messages = [["READY=1"]]

    agent.set("detect", threshold=10)
    lab.check(agent.ask("reload")[0] == 0, "reload failed")
    yield until("a command is told likewise", lambda: manager.heard("RELOADING=1") and manager.heard("READY=1")[1:])
    os.rename(agent.log.path, agent.log.path + ".away")
    yield until("the status names the log", lambda: manager.heard("STATUS=1 entry in the map, 0 of 0 peers up; log: "))
    agent.stop()
    yield until("it says that it stops", lambda: manager.heard("STOPPING=1"))


def test_no_watchdog(place, template):
    """Nobody who did not ask hears WATCHDOG=1."""
    agent = Daemon(place, "unwatched", template)
    manager = Manager(agent)
    manager.start(0)
    yield until("it is ready", lambda: manager.heard("READY=1"))
    yield agent.ready()
    agent.ask("ban", SENDER)
    yield until("the status follows", lambda: manager.heard("STATUS=1 entry"))
    agent.stop()
    lab.check(not manager.heard("WATCHDOG=1"), "it said that it is alive")


PARTS = [test_service, test_no_watchdog]
