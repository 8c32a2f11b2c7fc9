# SPDX-License-Identifier: Apache-2.0
"""Abuse of the control socket: by those who may not, by those who cannot, by too many, by the slow and by the endless.
Each gets an error or a time-out, and meanwhile others are served.

usage: net_socket.py BIN_DIR SOURCE_DIR TOOL_DIR
"""
import contextlib
import grp
import itertools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import lab
import logline
import wait
from cluster import Cluster
from lab import check
from net_world import skip

STRANGER = 64123                    # a uid that nobody has
ADMINS, READERS = "sys", "games"    # groups that every Debian has
SERVED_S = 2                        # another client waits at most so long
IDLE_S = 10                         # CONTROL_IDLE_MS
ENDED_S = 3 * IDLE_S
CLIENTS_MAX = 128                   # CONTROL_CLIENTS_MAX
REQUEST_BYTES_MAX = 65536           # CONTROL_REQUEST_BYTES_MAX
CONNECTS = 1000
STATUS = b'{"command":"status"}\n'


@contextlib.contextmanager
def acting_as(uid, group=None):
    """A connection made in here is one of the uid, whose only supplementary group is `group`."""
    groups = os.getgroups()
    os.setgroups([grp.getgrnam(group).gr_gid] if group else [])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


class Client:
    """One connection; answers are read as they come."""

    def __init__(self, agent):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SERVED_S, 0))
        self.socket.connect(agent.socket)  # waits while many others want to
        self.socket.settimeout(SERVED_S)
        self.bytes = b""
        self.ended = False

    def send(self, what):
        """False if the agent has closed."""
        try:
            self.socket.sendall(what)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def pull(self):
        """Takes what is there, without waiting. True once the agent has closed."""
        self.socket.setblocking(False)
        try:
            while not self.ended:
                piece = self.socket.recv(65536)
                self.ended = not piece
                self.bytes += piece
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True
        finally:
            self.socket.settimeout(SERVED_S)
        return self.ended

    def line(self, seconds=SERVED_S):
        """The last line of the next answer, as a document; None if the agent closed without one."""
        def is_there():
            ended = self.pull()
            while b"\n" in self.bytes:
                line, self.bytes = self.bytes.split(b"\n", 1)
                self.found = json.loads(line)
                if "item" not in self.found:
                    return True
            return ended
        self.found = None
        wait.until("an answer", is_there, seconds)
        return self.found

    def close(self):
        self.socket.close()


class Service:
    """The agent under attack, and a client that means well."""

    def __init__(self, agent):
        self.agent = agent
        self.slowest_s = 0
        self.times = 0

    def check(self):
        """It is served within SERVED_S."""
        begin = time.monotonic()
        with contextlib.closing(Client(self.agent)) as client:
            client.send(STATUS)
            answer = client.line()
            check("result" in (answer or {}), "status is not served: %s", answer)
        self.slowest_s = max(self.slowest_s, time.monotonic() - begin)
        self.times += 1

    def counters(self):
        return self.agent.status()["counters"]

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.agent.process.pid))


def error_of(client, seconds=SERVED_S):
    """The error that a client got: (code, exit)."""
    document = client.line(seconds)
    check(document is not None and "error" in document, "no error but %s", document)
    error = document["error"]
    check(error["message"] and 1 <= error["exit"] <= 8, "not a whole error: %s", error)
    return error["code"], error["exit"]


def ask(agent, *lines):
    with contextlib.closing(Client(agent)) as client:
        client.send(b"".join(lines))
        return error_of(client)


def banctl_as(place, agent, groups, *words):
    argv = ["setpriv", "--reuid", str(STRANGER), "--regid", str(STRANGER)]
    argv += ["--groups", str(grp.getgrnam(groups).gr_gid)] if groups else ["--clear-groups"]
    run = subprocess.run(argv + ["--", place.path("bin", "banctl"), "--socket", agent.socket] + list(words),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return run.returncode, run.stdout


def others(place, service):
    """Another uid may nothing; a member of the read group may look; one of the admin group may change."""
    agent = service.agent
    refused = service.counters()["control_refused"]
    for words in (("status",), ("list",), ("peers",), ("verify",), ("reload",), ("ban", "203.0.113.1"),
                  ("unban", "203.0.113.1")):
        code, text = banctl_as(place, agent, None, *words)
        check(code == 4 and "permission" in text, "banctl %s of another uid: %d %s", words, code, text)
    with acting_as(STRANGER):
        check(ask(agent, b'{"command":"ban","targets":["203.0.113.1"]}\n') == ("permission", 4), "ban of another uid")
    with acting_as(STRANGER, READERS):
        check(ask(agent, b'{"command":"ban","targets":["203.0.113.1"]}\n') == ("permission", 4), "ban of a reader")
    check(service.counters()["control_refused"] == refused + 9, "refusals are not counted")
    check(banctl_as(place, agent, READERS, "list")[0] == 0, "a reader may not look")
    check(agent.list()["total"] == 0, "something was banned")
    code, text = banctl_as(place, agent, ADMINS, "ban", "203.0.113.2")
    check(code == 0, "an admin may not ban: %d %s", code, text)
    check([ban["actor"] for ban in agent.list()["bans"]] == ["uid %d" % STRANGER], "actor: %s", agent.list())
    check(banctl_as(place, agent, ADMINS, "unban", "203.0.113.2")[0] == 0, "an admin may not unban")


def malformed(service):
    """Requests that are none."""
    ban = b'{"command":"ban","targets":%s}'
    wrong = {
        b"": None, b"{": None, b"[]": None, b'"status"': None, b"null": None, b"status": None, b"{}": None,
        b'{"command":5}': None, b'{"command":null}': None, b'{"command":["status"]}': None,
        b'{"command":"nosuch"}': ("unknown_command", 2), b'{"command":"keygen"}': ("unknown_command", 2),
        b'{"command":"status","colour":1}': ("unknown_member", 2),
        b'{"command":"status"} {"command":"status"}': None, b'{"command":"status"}}': None,
        b'{"command":"status","command":"list"}': None,
        b'{"command":"sta\xfftus"}': None, b'{"command":"status\\ud800"}': None,
        b'{"command":"status\\u0000"}': None,
        b"[" * 30000: None, b'{"targets":' + b"[" * 30000: None, b'{"command":1e999}': None,
        b'{"command":"ban","targets":["203.0.113.1"],"permanent":"yes"}': ("usage", 2),
        b'{"command":"ban","targets":["203.0.113.1"],"wait":"no"}': ("usage", 2),
        b'{"command":"ban","targets":["203.0.113.1"],"reason":5}': ("usage", 2),
        b'{"command":"ban","targets":["203.0.113.1"],"for_ms":"1h"}': ("usage", 2),
        b'{"command":"ban","targets":["203.0.113.1"],"ssh_client":7}': ("usage", 2),
        b'{"command":"ban"}': None, ban % b'"203.0.113.1"': None, ban % b"[]": None, ban % b"[5]": None,
        ban % b'["203.0.113.1",{}]': None, ban % b'["203.0.113.1","203.0.113.300"]': None,
        ban % b'["203.0.113.1/24"]': None,
        ban % (b"[" + b",".join([b'"203.0.113.1"'] * 1025) + b"]"): None,
        ban % b'["203.0.113.1"],"for_ms":-1': None, ban % b'["203.0.113.1"],"for_ms":"1h"': None,
        ban % b'["203.0.113.1"],"for_ms":1e30': None, ban % b'["203.0.113.1"],"reason":"a\\u0007b"': None,
        ban % (b'["203.0.113.1"],"reason":"' + b"a" * 256 + b'"'): None,
        b'{"command":"sta\0tus"}': None, b"\0" * 100: None, bytes(range(1, 256)).replace(b"\n", b""): None,
    }
    for request, expected in wrong.items():
        got = ask(service.agent, request, b"\n")
        check(expected in (None, got), "%r: %s", request[:60], got)
        service.check()
    with contextlib.closing(Client(service.agent)) as client:
        client.send(b"nonsense\n" + STATUS)
        check(error_of(client)[0] == "malformed", "nonsense before a request")
        check("result" in client.line(), "a good request behind a bad one is not served")
    check(service.agent.list()["total"] == 0, "something was banned: %s", service.agent.list())
    print("malformed: %d requests, each answered with an error" % len(wrong))


def oversized(service):
    """Too long with an end, too long without, and cut off."""
    agent, before = service.agent, service.counters()["control_malformed"]
    check(ask(agent, b'{"command":"' + b"a" * REQUEST_BYTES_MAX + b'"}\n')[0] == "request_too_long", "too long")
    with contextlib.closing(Client(agent)) as client:
        sent = 0
        while client.send(b"a" * 4096) and not client.pull():
            sent += 4096
            check(sent < 16 * REQUEST_BYTES_MAX, "an endless request is taken")
        check(error_of(client)[0] == "request_too_long", "endless")
    service.check()
    with contextlib.closing(Client(agent)) as client:
        client.send(STATUS[:-5])
        client.socket.shutdown(socket.SHUT_WR)
        check(error_of(client)[0] == "request_incomplete", "cut off")
    service.check()
    check(service.counters()["control_malformed"] == before + 3, "not counted: %d, %d", before,
          service.counters()["control_malformed"])


def slow(service):
    """Half a request, a byte now and then, requests whose answers are not read, nothing at all: until time-out."""
    half, drop, deaf = (Client(service.agent) for _ in range(3))
    silent = [Client(service.agent) for _ in range(CLIENTS_MAX - 5)]
    half.send(STATUS[:-5])
    deaf.socket.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while deaf.socket.send(STATUS * 100):
            pass
    begin = time.monotonic()
    drops = iter(b'{"command":"' + b"a" * REQUEST_BYTES_MAX)
    ends = {}

    def all_ended():
        service.check()
        if "drop" not in ends:
            drop.send(bytes([next(drops)]))
        for name, client in (("half", half), ("drop", drop), ("silent", silent[0])):
            if name not in ends and client.pull():
                ends[name] = time.monotonic() - begin
        if "deaf" not in ends:
            try:
                deaf.socket.send(STATUS)
            except BlockingIOError:
                pass
            except OSError:
                ends["deaf"] = time.monotonic() - begin
        return len(ends) == 4 and all(client.pull() for client in silent)
    wait.until("the slow ones are ended", all_ended, ENDED_S)
    for name, client in (("half", half), ("drop", drop)):
        check(error_of(client)[0] == "request_incomplete", "%s: no error", name)
    for client in [half, drop, deaf] + silent:
        client.close()
    print("slow: ended after %s" % ", ".join("%s %.1f s" % end for end in sorted(ends.items())))


def crowd(service):
    """As many idle clients as there is room for: of another uid they give way, of the own one they are bounded."""
    descriptors = service.descriptors()
    with acting_as(STRANGER):
        strangers = [Client(service.agent) for _ in range(CLIENTS_MAX)]
    for _ in range(10):
        service.check()
    gave_way = service.counters()["control_overload"]
    check(gave_way > 0, "nobody gave way")
    told = [client for client in strangers if client.pull()]
    check(told and all(b"too_many_clients" in client.bytes for client in told), "turned away without a word")
    for client in strangers:
        client.close()
    wait.until("their connections are closed", lambda: service.descriptors() <= descriptors, 10)

    own = [Client(service.agent) for _ in range(CLIENTS_MAX + 6)]

    def turned_away():
        return sum(client.pull() for client in own) >= 6
    wait.until("those beyond the bound are turned away", turned_away, SERVED_S)
    away = [client for client in own if client.ended]
    check(all(b"too_many_clients" in client.bytes for client in away), "turned away without a word: %s",
          [client.bytes for client in away])
    served = [client for client in own if not client.ended][-1]
    served.send(STATUS)
    check("result" in (served.line() or {}), "a client that is in is not served")
    for client in own:
        client.close()
    print("crowd: %d strangers gave way, %d own turned away" % (gave_way, len(away)))


def wait_taken(service, begin):
    """Waits until a request other than our own questions was counted since `begin` was."""
    asked = itertools.count(1)
    wait.until("the command is taken", lambda: service.counters()["control_requests"] > begin + next(asked), 10)


def gone(service, peer):
    """Clients are killed while their command waits for a node that does not answer."""
    agent = service.agent
    descriptors, waiting = service.descriptors(), 0
    peer.process.send_signal(signal.SIGSTOP)
    try:
        banctl = agent.lab.path("bin", "banctl")
        for words in (("ban", "203.0.113.3", "--wait"), ("verify",), ("unban", "203.0.113.3", "--wait")):
            begin = service.counters()["control_requests"]
            run = subprocess.Popen([banctl, "--socket", agent.socket] + list(words), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_taken(service, begin)
            waiting += run.poll() is None
            run.kill()
            run.wait()
            service.check()
    finally:
        peer.process.send_signal(signal.SIGCONT)
    wait.until("their connections are closed", lambda: service.descriptors() <= descriptors, 10)
    wait.until("verify is possible again", lambda: agent.ask("verify")[0] == 0, 20)
    check(agent.list()["total"] == 0, "the unban of a killed client did not happen")
    check(waiting > 0, "no command waited")
    print("gone: %d of 3 clients were killed while they waited" % waiting)


def hurry(service):
    """Connections that last for nothing."""
    descriptors = service.descriptors()
    for number in range(CONNECTS):
        with contextlib.closing(Client(service.agent)) as client:
            if number % 3:
                client.send(STATUS[:number % 3 * 10])
        if number % 100 == 0:
            service.check()
    service.check()
    wait.until("their connections are closed", lambda: service.descriptors() <= descriptors, 10)


def test(place):
    if not place.root:
        skip("connections of other users need root")
    cluster = Cluster(place, ("mx1", "mx2"))
    line = logline.template(sys.argv[2])
    cluster.configure([logline.Log(place.path(agent.name, "rspamd.log"), line).path for agent in cluster])
    agent, peer = cluster
    with open(agent.config, "a", encoding="utf-8") as file:
        file.write("admin_group = %s\nread_group = %s\n" % (ADMINS, READERS))
    cluster.start()
    service = Service(agent)
    for step in (lambda: others(place, service), lambda: malformed(service), lambda: oversized(service),
                 lambda: gone(service, peer), lambda: hurry(service), lambda: crowd(service), lambda: slow(service)):
        step()
        service.check()
    cluster.verify()
    print("another client was served %d times, the slowest %.3f s" % (service.times, service.slowest_s))
    cluster.stop()


if __name__ == "__main__":
    lab.run(test)
