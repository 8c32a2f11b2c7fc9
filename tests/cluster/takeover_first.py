# SPDX-License-Identifier: Apache-2.0
"""The first start beside a map that is not ours, and what may happen until the operator decides."""
import contextlib
import os
import random
import sqlite3

import lab
from daemon_lab import Daemon, until
from takeover_lab import OLD, OLD_ENTRIES, UNREADABLE, Beside

LATER = "192.0.2.200"
KILLS = 12
HUGE_BYTES = 33554432  # of limits.h


def test_first_start(place, template):
    """The old entries stay in force through first start, new bans, stop, kill -9, restart and a lost database."""
    agent = Beside(place, "first", template, OLD + UNREADABLE)
    yield from agent.watch(OLD_ENTRIES)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES)
    lab.check(agent.read(agent.copy) == agent.old, "the copy is not the original")
    lab.check(agent.is_degraded("map: ", agent.map, "5 entries", "banctl map adopt", "banctl map discard"), "%s",
              agent.reasons())
    held = agent.held()
    lab.check(held["kind"] == "foreign" and held["entries"] == 5 and held["copy"] == agent.copy, "%s", held)
    lab.check(len(agent.written("is left out: ")) == 5 and agent.written("is left out: mail.example.org"), "the log is silent")
    agent.ask("ban", LATER)
    yield agent.holds(*OLD_ENTRIES, LATER)
    agent.stop()
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES, LATER)
    agent.unwatch()
    left = [net for net in OLD_ENTRIES if net != "203.0.113.2"]
    yield from agent.watch(left)
    agent.ask("unban", LATER)
    agent.ask("unban", "203.0.113.2")
    yield agent.holds(*left)
    agent.kill()
    yield from agent.begin()
    lab.check(sorted(agent.banned()) == sorted(left) and agent.held()["since"] == held["since"], "%s", agent.held())
    lab.check(agent.copies() == [os.path.basename(agent.copy)], "copies: %s", agent.copies())
    agent.stop()
    agent.lose()
    yield from agent.begin()
    lab.check(agent.held()["kind"] == "lost" and sorted(agent.banned()) == sorted(left), "%s", agent.held())
    agent.kill()
    agent.spoil()
    yield from agent.begin()
    lab.check(agent.held()["kind"] == "lost" and sorted(agent.banned()) == sorted(left), "%s", agent.held())
    agent.stop()
    agent.unwatch()


def test_unban(place, template):
    """An unban takes out what is kept inside it, and names what still covers it."""
    agent = Beside(place, "unbankept", template)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES)
    agent.ask("unban", "2001:db8::7")
    yield agent.holds(*OLD_ENTRIES[:4])
    change = agent.ask("unban", "198.51.100.9")[1]["changes"][0]
    lab.check(change["hint"] and "198.51.100.0/24, which is kept" in change["hint"], "%s", change)
    agent.ask("unban", "198.51.100.0/24")
    yield agent.holds(*OLD_ENTRIES[1:4])
    code, answer = agent.ask("map", "adopt")
    lab.check(code == 0 and (answer["adopted"], answer["unbanned"]) == (3, 2), "%s", answer)
    yield agent.holds(*OLD_ENTRIES[1:4])
    agent.stop()


def test_killed(place, template):
    """kill -9 at any moment of the first start: the old entries never leave the map, and there is one copy."""
    agent = Beside(place, "killed", template)
    rng = random.Random(os.environ.get("BANSYNC_SEED", "1"))
    yield from agent.watch(OLD_ENTRIES)
    for number in range(KILLS):
        agent.lose()
        with open(agent.map + ".tmp", "wb") as file:
            file.write(agent.old)
        os.rename(agent.map + ".tmp", agent.map)
        agent.start()
        moment = rng.choice(("copied", "held", "written"))
        if number % 2:
            moment += " and restarted"
        reached = {"copied": lambda: os.path.exists(agent.copy),
                   "held": lambda: os.path.exists(agent.database() + "-wal"),
                   "written": lambda: agent.map_bytes() != agent.old}[moment.split()[0]]
        yield until(moment, reached)
        agent.kill()
        if moment.endswith("restarted"):
            yield from agent.begin()
            yield agent.holds(*OLD_ENTRIES)
            lab.check(agent.held()["entries"] == 5, "%s", agent.held())
            agent.kill()
    lab.check(agent.copies() == [os.path.basename(agent.copy)], "copies: %s", agent.copies())
    agent.unwatch()


def test_copies(place, template):
    """A copy is never overwritten: the next free name is taken, or the same copy found again."""
    agent = Beside(place, "copies", template)
    for path, text in ((agent.copy, "something else\n"), (agent.copy + ".1", "another\n")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES)
    lab.check(agent.read(agent.copy) == b"something else\n" and agent.read(agent.copy + ".1") == b"another\n", "overwritten")
    lab.check(agent.read(agent.copy + ".2") == agent.old and agent.held()["copy"] == agent.copy + ".2", "%s", agent.held())
    agent.stop()


def test_sizes(place, template):
    """Empty, without entries, over the limit, and none at all."""
    agent = Daemon(place, "sizes", template)
    for text in ("", "# nothing\n", "\n"):
        agent.write_map(text)
        yield from agent.begin()
        yield until("it is ours", lambda: agent.map_bytes().startswith(b"# bansync"))
        yield until("it is healthy", agent.is_healthy)
        agent.stop()
    with open(agent.map, "wb") as file:
        file.write(b"203.0.113.7\n")
        file.truncate(HUGE_BYTES + 1)
    yield from agent.begin()
    yield until("status says that it is too large", lambda: agent.is_degraded("map: ", agent.map, "too large"))
    lab.check(os.stat(agent.map).st_size == HUGE_BYTES + 1, "it was changed")
    os.remove(agent.map)
    yield until("it is ours", lambda: agent.map_bytes().startswith(b"# bansync"))
    yield until("it is healthy", agent.is_healthy)
    agent.stop()


def test_cannot_copy(place, template):
    """Without room for the copy the old map is left alone, and status says why."""
    agent = Beside(place, "nocopy", template)
    agent.make_public(0o555, "maps")
    if os.access(os.path.dirname(agent.map), os.W_OK) and not place.root:
        return
    yield from agent.begin()
    yield until("status names it", lambda: agent.is_degraded("map: ", ".before-bansync"))
    lab.check(agent.map_bytes() == agent.old, "the map was changed")
    agent.make_public(0o755, "maps")
    yield agent.holds(*OLD_ENTRIES)
    lab.check(agent.read(agent.copy) == agent.old, "the copy is not the original")
    agent.stop()


def test_foreign_would(place, template):
    """A file of somebody else that is named as FILE.would is not removed in mode enforce; one of ours is."""
    agent = Beside(place, "foreignwould", template, "")
    for text, stays in (("precious\n", True), ("# bansync", True), ("", False)):
        with open(agent.would, "w", encoding="utf-8") as file:
            file.write(text)
        yield from agent.begin()
        agent.ask("ban", "192.0.2.61")
        yield agent.holds("192.0.2.61")
        lab.check(os.path.exists(agent.would) == stays, "FILE.would with %r: %s", text, not stays)
        agent.stop()



def test_damaged_note(place, template):
    """What is kept cannot be read: the start is refused and says which value it is."""
    agent = Beside(place, "damagednote", template)
    yield from agent.begin()
    yield agent.holds(*OLD_ENTRIES)
    agent.stop()
    with contextlib.closing(sqlite3.connect(agent.database())) as database:
        database.execute("UPDATE meta SET value = ? WHERE name = 'map_kept'", (b"foreign",))
        database.commit()
    agent.refused("the value \"map_kept\" of the database is damaged")
    lab.check(sorted(agent.banned()) == sorted(OLD_ENTRIES), "the map was changed")


PARTS = (test_damaged_note, test_foreign_would, test_first_start, test_unban, test_killed, test_copies, test_sizes, test_cannot_copy)
