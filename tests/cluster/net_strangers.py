# SPDX-License-Identifier: Apache-2.0
"""Three nodes that work, and around them: an agent whose key they do not list, callers without a key, a listed node of
another cluster, and a listed node that talks nonsense. Each is refused, counted and named; bans go on all the while.

usage: net_strangers.py BIN_DIR SOURCE_DIR TOOL_DIR
"""
import itertools
import os
import subprocess
import sys
import time

import lab
import wait
from lab import check
from net_cluster import NetAgent, NetCluster, hits_of, wait_in_maps
from net_greeting import call_all, wait_closed
from net_world import PORT, World

NODES = 3
LISTED, UNLISTED, CALLER = 4, 5, 6  # hosts
DEGRADED = 6                        # exit code of status
CLOSED_S = 20    # libzmq gives a handshake 5 s
COUNTED_S = 40   # what is not even ZMTP is found by counting, every 10 s
MEMBER_MESSAGES = 200
CALLS = 5         # of each shape

senders = ("10.40.%d.%d" % (number // 250, number % 250 + 1) for number in itertools.count())


class Guests:
    """The nodes that work, and who else is there."""

    def __init__(self, place, world):
        self.place, self.world = place, world
        cluster = NetCluster(place, world, sys.argv[2], LISTED)
        self.nodes, self.listed = cluster.agents[:NODES], cluster.agents[-1]
        self.unlisted = NetAgent(place, world, UNLISTED, self.listed.log.line)
        self.unlisted.configure(self.unlisted.log.path, cluster.agents + [self.unlisted])
        self.slowest_s = 0
        self.bans = 0

    def start(self):
        for agent in self.nodes:
            agent.start()
        for agent in self.nodes:
            agent.wait_ready()
        wait.until("the nodes see each other", lambda: all(agent.status()["peers_up"] == NODES - 1
                                                           for agent in self.nodes), 30)

    def ban(self):
        """Ten hits on three nodes ban on all of them."""
        sender = next(senders)
        begin = time.monotonic()
        hits_of(self.nodes, sender)
        wait_in_maps(self.nodes, sender)
        self.slowest_s = max(self.slowest_s, time.monotonic() - begin)
        self.bans += 1
        return sender

    def wait_all(self, what, condition, seconds=20):
        """condition(agent) on each node that works; bans go on."""
        def holds():
            self.ban()
            return all(condition(agent) for agent in self.nodes)
        wait.until(what, holds, seconds)


def unlisted_key(guests):
    """A whole agent that knows all about them, but they do not know it."""
    own = guests.unlisted
    before = guests.ban()

    def is_named(agent):
        refused = agent.status()["refused"] or {}
        return refused.get("unknown_key") and (refused["last_key"], refused["last_address"]) == (own.key, own.address)
    guests.wait_all("the unknown key is counted and named", is_named)
    for agent in guests.nodes:
        line = [text for text in agent.text("status")[1].splitlines() if text.startswith("  refused ")]
        check(len(line) == 1 and own.key in line[0] and own.address in line[0], "status does not name it: %s", line)
    check(own.ask("ban", "192.0.2.66")[1]["changes"][0]["confirmed"] == 1, "a stranger's ban was confirmed")
    sender = guests.ban()
    check(own.status()["peers_up"] == 0, "the stranger has a peer")
    check(own.banned() == ["192.0.2.66"], "the stranger was told %s", own.banned())
    check(before in guests.nodes[0].banned() and sender in guests.nodes[0].banned(), "bans are gone")
    check(all("192.0.2.66" not in agent.banned() for agent in guests.nodes), "a stranger's ban came in")
    print("unknown key: %s" % [agent.status()["refused"]["unknown_key"] for agent in guests.nodes])


def other_cluster(guests):
    """A key that they list, a name of the cluster that is not theirs."""
    own = guests.listed

    def is_refused(agent):
        peer = agent.peers()[own.name]
        return peer["state"] == "refused" and "cluster name" in peer["detail"] and agent.counter("frames_cluster") > 0
    guests.wait_all("the other cluster is refused", is_refused)
    for agent in guests.nodes:
        code, text = agent.text("status")
        check(code == DEGRADED and "peer %s: its frames are refused here: cluster name" % own.name in text,
              "status does not tell: %d %s", code, text)
    wait.until("it refuses them, too", lambda: all(
        own.peers()[agent.name]["state"] == "refused" and "cluster name" in own.peers()[agent.name]["detail"]
        for agent in guests.nodes), 10)
    check(own.ask("ban", "192.0.2.67")[1]["changes"][0]["confirmed"] == 1, "a ban was confirmed by another cluster")
    guests.ban()
    check(own.banned() == ["192.0.2.67"], "another cluster was told %s", own.banned())
    check(all("192.0.2.67" not in agent.banned() for agent in guests.nodes), "a ban of another cluster came in")
    print("other cluster: %s frames refused" % [agent.counter("frames_cluster") for agent in guests.nodes])


class Member:
    """tests/cluster/garbage.c with the key of the listed node, on its host."""

    def __init__(self, guests):
        self.guests, self.runs = guests, []

    def start(self, kind, endpoint, key, count):
        own = self.guests.listed
        argv = [os.path.join(sys.argv[3], "garbage"), kind, endpoint, key, os.path.join(own.home, "node.key"), "test",
                str(count)]
        run = subprocess.Popen(own.world.command(own.host, argv), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        self.runs.append(run)
        return run

    def send(self, kind, counters, detail=None, count=MEMBER_MESSAGES):
        """To all nodes at once, until each has counted it in all of the counters."""
        nodes = self.guests.nodes
        before = [agent.status()["counters"] for agent in nodes]
        runs = [self.start(kind, agent.endpoint, agent.key, count) for agent in nodes]

        def is_counted(agent):
            now, then = agent.status()["counters"], before[nodes.index(agent)]
            return all(now[name] > then[name] for name in counters)
        self.guests.wait_all("%s from a member is counted in %s" % (kind, counters), is_counted)
        for run in runs:
            output = run.communicate(timeout=60)[0]
            check(run.returncode == 0, "garbage %s: %s", kind, output)
        self.guests.ban()
        for agent in nodes:
            peer = agent.peers()[self.guests.listed.name]
            check(detail is None or (peer["state"] == "refused" and detail in peer["detail"]), "%s: %s", kind, peer)
        after = nodes[0].status()["counters"]
        changed = {name: after[name] - before[0][name] for name in after if name.startswith(("frames_", "entries_"))
                   and after[name] != before[0][name] and name not in ("frames_sent", "frames_received")}
        print("member, %s: %s" % (kind, changed))

    def serve(self):
        """The nodes connect to it and are answered with nonsense."""
        nodes = self.guests.nodes
        before = [agent.counter("frames_malformed") for agent in nodes]
        run = self.start("serve", self.guests.listed.endpoint, "-", 1 << 30)
        self.guests.wait_all("nonsense from a listening member is counted", lambda agent: agent.counter(
            "frames_malformed") > before[nodes.index(agent)] + 2)
        check(run.poll() is None, "garbage ended: %s", run.poll())
        print("member, listening: %s frames malformed" % [agent.counter("frames_malformed") - before[number]
                                                          for number, agent in enumerate(nodes)])
        run.kill()
        run.wait()

    def close(self):
        for run in self.runs:
            if run.poll() is None:
                run.kill()
            run.wait()
            run.stdout.close()


def nonsense(guests):
    """The listed node has gone mad."""
    member = Member(guests)
    try:
        member.send("random", ["frames_malformed"], "malformed frame", 5000)
        member.send("malformed", ["frames_malformed"], "malformed frame")
        member.send("mutated", ["frames_malformed"])
        member.send("version", ["frames_version"], "protocol version")
        member.send("unknown", ["frames_unknown"])
        member.send("entries", ["entries_malformed", "entries_unknown", "entries_clock"])
        member.send("multipart", ["frames_multipart"])
        member.send("oversized", ["frames_multipart"], count=20)
        member.send("huge", [], count=5)  # the library ends the connection, without a word
        member.send("random", ["frames_malformed"], "malformed frame")
        member.serve()
    finally:
        member.close()
    check(all("203.0.113.99" not in agent.banned() for agent in guests.nodes), "strikes of another century banned")


def callers_ended(guests, callers):
    """Those who called at the beginning."""
    for agent, group in zip(guests.nodes, callers):
        wait_closed(group, CLOSED_S)
        count = len(group)
        guests.wait_all("%d callers are counted on %s" % (count, agent.name), lambda _, asked=agent: (
            asked.status()["refused"]["no_handshake"] >= count), COUNTED_S)
        print("callers: %d on %s, %d counted" % (count, agent.name, agent.status()["refused"]["no_handshake"]))


def test(place):
    with World(CALLER) as world:
        guests = Guests(place, world)
        guests.start()
        own = guests.listed
        with open(own.config, encoding="utf-8") as file:
            text = file.read().replace("name = test\n", "name = other\n")
        place.write(text, own.name, "bansync.conf")
        for agent in (own, guests.unlisted):
            agent.start()
        callers = [call_all(world, CALLER, agent.address, PORT, CALLS) for agent in guests.nodes[:2]]
        for agent in (own, guests.unlisted):
            agent.wait_ready()
        unlisted_key(guests)
        other_cluster(guests)
        own.stop()
        guests.unlisted.stop()
        nonsense(guests)
        callers_ended(guests, callers)
        wait.until("maps are the same bytes", lambda: len({agent.map_bytes() for agent in guests.nodes}) == 1, 10)
        print("%d bans meanwhile, the slowest %.2f s from the first hit to the last map"
              % (guests.bans, guests.slowest_s))
        for agent in guests.nodes:
            agent.stop()


if __name__ == "__main__":
    lab.run(test)
