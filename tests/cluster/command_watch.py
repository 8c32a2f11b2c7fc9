# SPDX-License-Identifier: Apache-2.0
"""banctl watch: what happens anywhere in the cluster is seen as it happens; nobody who watches holds up the agent."""
import json
import os
import signal
import socket
import subprocess

import lab
from command_cluster import change, in_maps, stop, three
from daemon_lab import READ_GROUP, as_stranger, until

SENDER, OTHER, MANY = "203.0.113.201", "203.0.113.202", "203.0.113.204"
FLOOD = ["198.51.100.%d" % number for number in range(1, 101)]
FLOOD_HITS = 60  # of each: together more than the queue of a watcher and the buffers of the kernel hold
WATCHERS_MAX = 64


class Watch:
    """banctl watch in the background; its lines as they come."""

    def __init__(self, agent, *words, groups=None):
        self.out = agent.lab.path("watch-%s-%d" % (agent.name, id(self)))
        self.err = self.out + ".err"
        argv = [agent.lab.path("bin", "banctl"), "--socket", agent.socket, "watch"] + list(words)
        if groups is not None:
            argv = as_stranger(groups) + argv
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        agent.lab.processes.append(self.process)

    def text(self):
        with open(self.out, encoding="utf-8") as file:
            return file.read()

    def events(self, kind=None):
        found = [json.loads(line) for line in self.text().splitlines(keepends=True) if line.endswith("\n")]
        for event in found:
            lab.check(event["schema"] == "banctl.event/1" and event["time"].endswith("Z"), "%s", event)
        return [event for event in found if kind in (None, event["kind"])]

    def begun(self):
        with open(self.err, encoding="utf-8") as file:
            return "until Ctrl-C" in file.read() or self.text()

    def code(self):
        return self.process.poll()

    def said(self):
        with open(self.err, encoding="utf-8") as file:
            return file.read()


class Reader:
    """A watcher that reads when it is told to."""

    def __init__(self, agent, **members):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(agent.socket)
        self.socket.sendall(json.dumps(dict({"command": "watch"}, **members)).encode() + b"\n")
        self.socket.setblocking(False)
        self.bytes, self.ended = b"", False

    def lines(self):
        """Reads what there is."""
        while not self.ended:
            try:
                piece = self.socket.recv(1 << 20)
            except BlockingIOError:
                break
            self.ended = not piece
            self.bytes += piece
        return [json.loads(line) for line in self.bytes.splitlines(keepends=True) if line.endswith(b"\n")]

    def items(self, kind):
        return [line["item"] for line in self.lines() if line.get("item", {}).get("kind") == kind]

    def close(self):
        self.socket.close()


def test_watch(place, template):
    """watch tells hits, bans, unbans, allow entries, peers and maps of the whole cluster, as text and as JSON Lines."""
    one, two, last = agents = yield from three(place, template, "watch", detect={"threshold": 4})
    every, text = Watch(two, "--json"), Watch(two, "--color", "never", groups=[READ_GROUP])
    some = Watch(two, SENDER, "--kind", "hit", "--count", "3", "--json")
    yield until("they have begun", lambda: every.begun() and text.begun() and some.begun())
    lab.check([every.events()[0][key] for key in ("kind", "node", "threshold", "counts", "window_ms")] ==
              ["start", "watch2", 4, "hits", 600000], "%s", every.events())
    one.log.hit(OTHER)
    one.log.hit(SENDER, 3)
    yield until("its hits are seen", lambda: len(every.events("hit")) == 4)
    seen = [[event[key] for key in ("net", "node", "count", "threshold", "account", "bucket", "banned")]
            for event in every.events("hit")]
    lab.check(seen[0] == [OTHER + "/32", "watch1", 1, 4, "alice@example.org", "user", False] and
              {event[0] for event in seen[1:]} == {SENDER + "/32"} and max(event[2] for event in seen[1:]) == 3, "%s", seen)
    yield until("three hits are enough", lambda: some.code() is not None)
    lab.check(some.code() == 0 and [event["net"] for event in some.events("hit")] == [SENDER + "/32"] * 3 and
              len(some.events()) == 4, "%s", some.text())
    two.log.hit(SENDER)
    yield in_maps(agents, SENDER)
    yield until("its ban is seen", lambda: every.events("ban"))
    ban = every.events("ban")[0]
    lab.check([ban[key] for key in ("net", "source", "until", "count", "threshold", "nodes", "actor", "allowed")] ==
              [SENDER + "/32", "auto", None, 4, 4, {"watch1": 3, "watch2": 1}, None, False], "%s", ban)
    decided = ban["node"]  # of hits of one second either node's may be the deciding one
    lab.check(decided in ("watch1", "watch2"), "%s", ban)
    change(one, 0, "unban", SENDER, "--reason", "password changed")
    yield until("its unban is seen", lambda: every.events("unban"))
    unban = every.events("unban")[0]
    lab.check([unban[key] for key in ("net", "node", "source", "reason")] ==
              [SENDER + "/32", "watch1", "manual", "password changed"] and unban["actor"], "%s", unban)
    change(one, 0, "ban", "198.51.100.0/28", "--for", "1d", "--reason", "listed")
    change(one, 0, "allow", "add", "198.51.100.77", "--reason", "office")
    yield until("an operator's doings are seen", lambda: every.events("allow") and len(every.events("ban")) == 2)
    ban, allow = every.events("ban")[1], every.events("allow")[0]
    lab.check([ban[key] for key in ("net", "node", "source", "reason")] == ["198.51.100.0/28", "watch1", "manual", "listed"] and
              ban["actor"] and ban["until"], "%s", ban)
    lab.check([allow[key] for key in ("net", "node", "on", "reason")] == ["198.51.100.77/32", "watch1", True, "office"], "%s", allow)
    yield until("the maps are seen", lambda: every.events("map") and every.events("map")[-1]["entries"] == 1)
    stop([last])
    yield until("its end is seen", lambda: [[event["node"], event["up"]] for event in every.events("peer")] == [["watch3", False]])
    yield until("as text, too", lambda: "peer   watch3                down\n" in text.text())
    for line in ("  hit    %-20s   3 of 4  watch1  alice@example.org  (user)\n" % SENDER,
                 "  ban    %-20s  permanent by %s: 4 hits (watch1 3, watch2 1), alice@example.org\n" % (SENDER, decided),
                 "  ban    %-20s  for 1d by " % "198.51.100.0/28", " on watch1: listed\n", " on watch1: password changed\n",
                 "  allow  %-20s  permanent by " % "198.51.100.77", "  map    1 entry written\n"):
        lab.check(line in text.text(), "%r is not in: %s", line, text.text())
    lab.check(text.said() == "watch2: events as they happen, until Ctrl-C\n", "%s", text.said())
    every.process.send_signal(signal.SIGINT)
    yield until("Ctrl-C ends it", lambda: every.code() is not None)
    lab.check(every.code() == 0 and every.said() == "", "%s %s", every.code(), every.said())
    stop([two])
    yield until("it ends with the agent", lambda: text.code() is not None)
    lab.check(text.code() == 3 and "banctl: the agent went away\n" in text.said(), "%s %s", text.code(), text.said())
    stop([one])


def take_places(agent, watchers):
    """Takes those places that are free by now; of those who were refused none asks twice at once."""
    watchers[:] = [watcher for watcher in watchers if not watcher.lines() or watcher.items("start")]
    watchers += [Reader(agent, kinds=["hit"], targets=[MANY]) for _ in range(WATCHERS_MAX - len(watchers))]
    return all(watcher.items("start") for watcher in watchers)


def test_watchers(place, template):
    """A watcher that does not read holds nobody up and is told how much it missed; the one too many is refused."""
    one, two, last = agents = yield from three(place, template, "watchers", detect={"threshold": 64})
    slow, quick = Reader(two), Reader(two, kinds=["ban", "unban"])
    yield until("they have begun", lambda: quick.items("start") and two.is_healthy())
    for sender in FLOOD:
        one.log.hit(sender, FLOOD_HITS)
    hits = len(FLOOD) * FLOOD_HITS
    change(two, 0, "ban", OTHER)
    yield until("the ban is seen behind a reader that stands still", lambda: quick.items("ban"))
    yield until("all hits are known", lambda: two.status()["counters"]["strikes_peer"] == hits)
    yield until("what came and what was dropped is all there was",
                lambda: len(slow.items("hit")) + len(slow.items("ban")) + len(slow.items("map")) +
                sum(event["events"] for event in slow.items("dropped")) >= hits + 1)
    lab.check(0 < sum(event["events"] for event in slow.items("dropped")) < hits, "%s", slow.items("dropped"))
    lab.check(not quick.items("hit") and not quick.items("dropped"), "%s", quick.lines())
    slow.close()
    quick.close()
    watchers = []
    yield until("their places are free and all are taken", lambda: take_places(two, watchers))
    code, answer = two.ask("watch")
    lab.check(code == 6 and answer["error"]["code"] == "busy", "%d %s", code, answer)
    last.log.hit(MANY)
    yield until("all see it", lambda: all([hit["count"] for hit in watcher.items("hit")] == [1] for watcher in watchers))
    lab.check(two.status()["state"] == "healthy" and all(len(watcher.lines()) == 2 for watcher in watchers), "status")
    for words, said in ((("--kind", "hits"), "\"hits\" is no kind of event"), (("--count", "0"), "is not a number from 1 to")):
        output = two.tell("watch", *words)
        lab.check(output.code == 2 and said in output.err, "%s: %s", words, output)
    for watcher in watchers:
        watcher.close()
    stop(agents)


PARTS = (test_watch, test_watchers)
