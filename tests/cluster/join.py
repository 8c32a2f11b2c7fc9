# SPDX-License-Identifier: Apache-2.0
"""A blank node joins two that hold many bans: its map becomes the same bytes, while the others go on answering.

BANSYNC_NIGHTLY=1: 100,000 bans instead of 20,000.
"""
import json
import os
import re
import socket
import threading
import time

import lab
import wait
from cluster import Cluster

BANS = 100000 if os.environ.get("BANSYNC_NIGHTLY") else 20000
TARGETS = 1024  # as many as a request may have
PAUSE_S = 0.2  # between two questions of the watch: an answer costs the agent a look at every subject


def request(agent, **members):
    """One request on the control socket: (items, result). The agent keeps the connection open for another one."""
    items = []
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(120)
        link.connect(agent.socket)
        link.sendall(json.dumps(members).encode() + b"\n")
        for line in map(json.loads, link.makefile("rb")):
            if "item" not in line:
                lab.check("result" in line, "%s answers %s", agent.name, line)
                return items, line["result"]
            items.append(line["item"])
    raise AssertionError("%s ends its answer too early" % agent.name)


def net(number):
    return "2001:db8:%x:%x::/64" % (number >> 16, number & 0xffff)


def ban_all(agent):
    for begin in range(0, BANS, TARGETS):
        targets = [net(number) for number in range(begin, min(begin + TARGETS, BANS))]
        items, _ = request(agent, command="ban", targets=targets)
        lab.check(len(items) == len(targets), "%d of %d were answered", len(items), len(targets))


def memory_mib(agent):
    """Resident memory now, and at its highest."""
    with open("/proc/%d/status" % agent.process.pid, encoding="ascii") as file:
        text = file.read()
    return tuple(int(re.search(r"%s:\s+(\d+)" % name, text)[1]) // 1024 for name in ("VmRSS", "VmHWM"))


class Watch(threading.Thread):
    """Asks one agent for its status again and again, and keeps the longest time it took."""

    def __init__(self, agent):
        super().__init__()
        self.agent, self.longest_s, self.count, self.failure = agent, 0, 0, None
        self.done = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.done.wait(PAUSE_S):
                begin = time.monotonic()
                request(self.agent, command="status")
                self.longest_s = max(self.longest_s, time.monotonic() - begin)
                self.count += 1
        except (OSError, ValueError, AssertionError) as error:
            self.failure = error

    def end(self):
        self.done.set()
        self.join()
        lab.check(self.failure is None, "%s: %s", self.agent.name, self.failure)


def same_map(agent, wanted):
    """Does its map hold these bytes? Most of the time the size says no."""
    return os.path.exists(agent.map) and os.path.getsize(agent.map) == len(wanted) and agent.map_bytes() == wanted


def holds_all(agent, pause):
    """Does it know all subjects? Asked now and then: see PAUSE_S."""
    pause.wait(PAUSE_S)
    try:
        return request(agent, command="status")[1]["subjects"] >= BANS
    except OSError:
        return False  # it is not there yet


def tell(agent, text, *values):
    print("%s: %s; resident %d MiB, at most %d MiB" % ((agent.name, text % values) + memory_mib(agent)))


def join(node, others):
    """Starts the node and waits until its map is that of the others."""
    wanted = others[0].map_bytes()
    watches = [Watch(agent) for agent in others]
    try:
        begin = time.monotonic()
        node.start()
        wait.until("the blank node knows all", lambda: holds_all(node, threading.Event()), 240)
        print("%d bans: all known %.2f s after its start" % (BANS, time.monotonic() - begin))
        wait.until("the map of the blank node is that of the others", lambda: same_map(node, wanted), 240)
        print("%d bans: identical map %.2f s after its start" % (BANS, time.monotonic() - begin))
    finally:
        for watch in watches:
            watch.done.set()
    for watch in watches:
        watch.end()
        tell(watch.agent, "%d answers meanwhile, the longest took %.0f ms", watch.count, 1000 * watch.longest_s)
    tell(node, "joined")


def check_counters(node):
    """Everything came by repair, once, and nothing was given up."""
    counters = node.status()["counters"]
    print("%s: %s" % (node.name, ", ".join("%s %d" % (name, counters[name]) for name in
                                           ("repairs_started", "repairs_finished", "repairs_timed_out", "repair_entries",
                                            "frames_received", "bytes_received"))))
    lab.check(counters["repair_entries"] >= BANS, "repair fetched %d entries", counters["repair_entries"])


def test(place):
    cluster = Cluster(place)
    first, second, blank = cluster
    logs = [place.write("", agent.name, "rspamd.log") for agent in cluster]
    cluster.configure(logs)
    for agent in (first, second):
        agent.start()
    for agent in (first, second):
        agent.wait_ready()
    wait.until("both see each other", lambda: all(agent.status().get("peers_up") == 1 for agent in (first, second)))
    begin = time.monotonic()
    ban_all(first)
    wait.until("both maps hold all", lambda: len(first.banned()) == BANS and
               first.map_bytes() == second.map_bytes(), 120)
    print("%d bans: on both nodes %.2f s after the first request" % (BANS, time.monotonic() - begin))
    for agent in (first, second):
        tell(agent, "holds all")

    join(blank, (first, second))
    cluster.wait_linked()
    cluster.verify()
    cluster.wait_healthy()
    check_counters(blank)
    blank.stop()
    blank.start()
    blank.wait_ready()
    lab.check(same_map(blank, first.map_bytes()), "the map is another after a restart")
    cluster.stop()


if __name__ == "__main__":
    lab.run(test)
