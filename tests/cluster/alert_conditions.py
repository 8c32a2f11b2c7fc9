# SPDX-License-Identifier: Apache-2.0
"""Each thing that [alert] on can name, brought about with real agents: it is told once, by one node of the cluster. Nightly
also peers that are down or hold another state, which must last for a minute first, and the ends."""
import contextlib
import ctypes
import ctypes.util
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import struct
import sys
import time

import daemon_lab
import lab
import logline
from alert import children
from alert_channels import Web
from daemon_database import dying_disk, may_mount_images, small_disk, small_files
from daemon_lab import Daemon, until

NIGHTLY = bool(os.environ.get("BANSYNC_NIGHTLY"))
THRESHOLD = 3
SENDER, OTHER = "203.0.113.7", "203.0.113.8"
MINUTE = 60
LATE = 4 * MINUTE  # a minute until it is told, two for the other nodes' turns
AHEAD = 3 * MINUTE  # that a row is ahead: peers take it a minute before; a minute they must differ, and some time to see it


class World:
    """Agents that know each other, and a web server that they tell."""

    def __init__(self, place, template, *names, durations="permanent"):
        self.web = Web(place.address)
        self.agents = [Daemon(place, name, template, threshold=THRESHOLD) for name in names]
        for agent in self.agents:
            agent.options["alert"] = {}
            agent.set("alert", webhook=self.web.host + "/x", on="all", digest_after=1000)
            agent.set("ban", durations=durations)
            agent.meet(self.agents)

    def begin(self):
        for agent in self.agents:
            agent.start()
        for agent in self.agents:
            yield agent.ready()
        yield until("all are linked", lambda: all(agent.status().get("peers_up") == len(self.agents) - 1
                                                  for agent in self.agents), 60)

    def told(self, event, state="begin"):
        """What was told, each as (node, summary)."""
        documents = [json.loads(body) for _, _, body in self.web.posts]
        return [(one["node"], one["summary"]) for one in documents if one["event"] == event and one["state"] in (state, None)]

    def once(self, event, node, text, state="begin", seconds=60):
        """node: a name, or None if it may be any."""
        def condition():
            told = self.told(event, state)
            lab.check(len(told) < 2, "%s %s is told %d times: %s", event, state, len(told), told)
            return told and node in (None, told[0][0]) and text in told[0][1]
        return until("%s %s is told once, by %s" % (event, state, node), condition, seconds)

    def all_ban(self, *senders):
        return until("all ban %s" % (senders,), lambda: all(set(senders) <= set(agent.banned()) for agent in self.agents))

    def stop(self):
        for agent in self.agents:
            agent.stop()
        self.web.server.shutdown()


def test_own(place, template):
    """A ban for a time, a database, a map and a log that fail: each is told once, by the node that has it."""
    with contextlib.ExitStack() as stack:
        world = World(place, template, "own1", "own2", "own3", durations="1h")
        store, chart, silent = world.agents
        silent.set("detect", silent_after="1s")
        fill, clear = stack.enter_context((small_disk if place.root else small_files)(store))
        yield from world.begin()
        store.log.hit(SENDER, THRESHOLD)
        yield world.all_ban(SENDER)
        yield world.once("ban", "own1", "%s banned until" % SENDER)
        fill()
        os.chmod(os.path.dirname(chart.map), 0o555)
        chart.log.hit(OTHER, THRESHOLD)
        yield until("status of the database", lambda: store.is_degraded("database: failing since"))
        yield until("status of the map", lambda: chart.is_degraded("map: "))
        yield until("status of the log", lambda: silent.is_degraded("log: "))
        yield world.once("store", "own1", "the database cannot be written")
        yield world.once("map", "own2", "the map cannot be written")
        yield world.once("source-silent", "own3", "the source of hits is silent")
        yield until("the others name whose map is not written", lambda: all(
            agent.is_degraded("peer own2: its map file is not its map since 20") for agent in (store, silent)), 30)
        clear()
        os.chmod(os.path.dirname(chart.map), 0o755)
        silent.set("detect", silent_after="1d")
        lab.check(silent.ask("reload")[0] == 0, "reload failed")
        yield until("all are well", lambda: all(agent.is_healthy() for agent in world.agents))
        if NIGHTLY:
            yield world.once("store", "own1", "the database is written again", "end", LATE)
            yield world.once("map", "own2", "the map is written again", "end", LATE)
            yield world.once("source-silent", "own3", "the source of hits works again", "end", LATE)
        lab.check(len(world.told("ban")) == 2, "bans: %s", world.web.posts)
        world.stop()


def test_dead_disk(place, template):
    """The disk of state_dir takes no writes at all: that is told, and so are bans, once each; also after the process that
    delivers was killed, to which that disk is closed."""
    if not may_mount_images(place):
        print("left out: only root may mount, with loop devices and mkfs.ext4")
        return
    world = World(place, template, "dead")
    agent, = world.agents
    with dying_disk(agent) as die:
        yield from world.begin()
        agent.log.hit(SENDER, THRESHOLD)
        yield world.once("permanent", "dead", "%s banned permanently" % SENDER)
        die()
        agent.log.hit(OTHER, THRESHOLD)
        yield until("status of the database", lambda: agent.is_degraded(
            "database: failing since", "the disk of state_dir is read-only: see why with dmesg"))
        code, answer = agent.ask("ban", "203.0.113.99")
        lab.check(code == 8 and answer["changes"][0]["code"] == "not_durable" and
                  "remount it read-write" in answer["changes"][0]["hint"], "ban: %d %s", code, answer)
        for check in ("database", "disk"):
            told = agent.doctor(check)
            lab.check(told["state"] == "fail" and "remount it read-write" in told["fix"], "doctor: %s", told)
        yield world.once("store", "dead", "the database cannot be written")
        yield until("both bans are told", lambda: len(world.told("permanent")) == 2)
        pid, = children(agent)
        os.kill(pid, signal.SIGKILL)
        yield until("another one delivers", lambda: children(agent) not in ([], [pid]))
        agent.log.hit("203.0.113.9", THRESHOLD)
        yield until("the third ban is told", lambda: len(world.told("permanent")) == 3)
        lab.check(len({summary for _, summary in world.told("permanent")}) == 3, "bans: %s", world.told("permanent"))
        lab.check(len(world.told("store")) == 1, "store: %s", world.told("store"))
        second = os.path.join(os.path.dirname(agent.socket), "alerts")
        yield until("nothing waits", lambda: os.listdir(second) == [])
        lab.check(os.stat(second).st_mode & 0o7777 == 0o700, "mode %o", os.stat(second).st_mode)
        lab.check(agent.written("alerts takes no alert: Read-only file system; they wait beside the control socket") or
                  agent.written("alerts takes no alert: Input/output error"), "log: %s", agent.written("alert"))
        world.stop()


def test_clone(place, template):
    """A ban for good, told by its node; two agents with one key: the others see it, and one of them tells."""
    world = World(place, template, "clone1", "clone2", "clone3")
    first, second, original = world.agents
    copy = Daemon(place, "copy", template, threshold=THRESHOLD)
    shutil.copy(original.options["node"]["key"], copy.options["node"]["key"])
    lab_owner = os.stat(original.options["node"]["key"])
    os.chown(copy.options["node"]["key"], lab_owner.st_uid, lab_owner.st_gid)
    copy.set("node", name="clone3")
    copy.meet(world.agents)
    yield from world.begin()
    first.log.hit(SENDER, THRESHOLD)
    yield world.all_ban(SENDER)
    yield world.once("permanent", "clone1", "%s banned permanently" % SENDER)
    yield from copy.begin()
    for agent in (first, second):
        yield until("%s sees it" % agent.name, lambda asked=agent: asked.is_degraded("peer clone3: clone: "), 60)
    yield world.once("clone", None, "peer clone3 is several live nodes with one key")
    copy.stop()
    if NIGHTLY:
        yield until("it is shown no more", lambda: first.is_healthy() and second.is_healthy(), LATE)
        yield world.once("clone", None, "peer clone3 is one live node again", "end", LATE)
    world.stop()


def test_peer(place, template):
    """A peer that is down, and is up again: told once each by one of those who see it."""
    world = World(place, template, "peer1", "peer2", "peer3")
    yield from world.begin()
    world.agents[2].stop()
    begin = time.monotonic()
    yield world.once("peer-down", None, "peer peer3 is down", seconds=LATE)
    yield until("the turn of the other has passed", lambda: time.monotonic() - begin > LATE, LATE + MINUTE)
    yield from world.agents[2].begin()
    begin = time.monotonic()
    yield world.once("peer-down", None, "peer peer3 is up again", "end", seconds=LATE)
    yield until("the turn of the other has passed", lambda: time.monotonic() - begin > LATE, LATE + MINUTE)
    yield world.once("peer-down", None, "peer peer3 is down")
    yield world.once("peer-down", None, "peer peer3 is up again", "end")
    world.stop()


def future_row(agent, seconds):
    """The database gets the mark of an alert that is told only then, as of a backup by a clock that was ahead: this node
    holds it, and peers do not take it before its time has come."""
    sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
    now_ms = int(time.time() * 1000) + seconds * 1000
    body = struct.pack(">QQQ16s", now_ms << 16, 1, now_ms + 3600000, b"of the future...")
    key = hashlib.blake2b(b"bansync\0test", digest_size=16).digest()
    out = ctypes.create_string_buffer(16)
    sodium.crypto_shorthash_siphashx24(out, body, ctypes.c_ulonglong(len(body)), key)
    path = os.path.join(agent.options["node"]["state_dir"], "bansync.db")
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO mark (key, subject, note, body, hash) VALUES (?, '', '', ?, ?)",
                         (body[:16], body, struct.unpack("<q", out.raw[:8])[0]))


def test_divergence(place, template):
    """Two nodes that differ by what repair cannot bring: told once, and its end once they are equal."""
    world = World(place, template, "differ1", "differ2")
    yield from world.begin()
    world.agents[1].stop()
    future_row(world.agents[1], AHEAD)
    yield from world.agents[1].begin()
    begin = time.monotonic()
    yield until("status says why", lambda: world.agents[0].is_degraded("peer differ2: ", "entries over 60 s in the future"), 60)
    yield world.once("divergence", None, "holds another state, and repair does not help", seconds=LATE)
    yield until("they are equal", lambda: all(agent.ask("digest")[0] == 0 for agent in world.agents), LATE)
    yield world.once("divergence", None, "holds the same state again", "end", seconds=LATE)
    print("differing was told and over after %.0f s" % (time.monotonic() - begin))
    begin = time.monotonic()
    yield until("the turn of the other has passed", lambda: time.monotonic() - begin > 2 * MINUTE, LATE)
    yield world.once("divergence", None, "holds another state")
    yield world.once("divergence", None, "holds the same state again", "end")
    world.stop()


PARTS = [test_own, test_dead_disk, test_clone] + ([test_peer, test_divergence] if NIGHTLY else [])


def test(place):
    os.environ["TZ"] = "UTC"
    daemon_lab.run_parts(PARTS, place, logline.template(sys.argv[2]))


if __name__ == "__main__":
    lab.run(test)
