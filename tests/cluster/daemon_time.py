# SPDX-License-Identifier: Apache-2.0
"""The time of lines: an hour that came twice, and an agent in another zone than rspamd; with kill -9 in between.

Strikes live for a day, so the repeated hour is made: a zone whose clock went back a while ago.
"""
import os
import sqlite3
import time

import lab
from agent import READS, USER
from daemon_lab import Daemon, until

MINUTE, HOUR = 60, 3600
TWICE, ACROSS, LATE, RARE = "203.0.113.31", "203.0.113.32", "203.0.113.33", "203.0.113.34"
EVIDENCE = (' #77(rspamd_proxy) <%06x>; lua; ratelimit.lua:617: ratelimit "user(50000:alice@example.org)" exceeded, (2 / 0.02): 2 '
            "(1:1 dyn); redis key: RLhmih7e7jde191ec98h\n")  # waits for a line of the same message
PLAIN = " #77(rspamd_proxy) <aa0001>; proxy; proxy_accept_socket: text\n"  # behind the time: no hit


class Zoned(Daemon):
    """An agent with a time zone of its own."""
    zone = "UTC0"

    def start(self):
        self.process = self.lab.start(["env", "TZ=" + self.zone, self.lab.path("bin", "bansyncd"), "--foreground", "--config",
                                       self.config], USER, READS, self.stderr)

    def database(self, statement):
        base = sqlite3.connect(os.path.join(self.home, "state", "bansync.db"), timeout=10)
        try:
            with base:
                return base.execute(statement).fetchall()
        finally:
            base.close()

    def times(self, address):
        """When the strikes of the address were, s, as its database has it."""
        found = self.database("SELECT at_ms FROM strike WHERE subject = '%s' ORDER BY at_ms" % address)
        return [at_ms / 1000 for at_ms, in found]

    def expect(self, address, wanted):
        lab.check(self.times(address) == sorted(wanted), "%s: %s, wanted %s", address, self.times(address), sorted(wanted))


def append(agent, text):
    with open(agent.log.path, "a", encoding="utf-8") as file:
        file.write(text)


def shown(seconds, east):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds + east))


def zone_that_went_back(change):
    """UTC+1 up to the instant, UTC from then on; UTC+1 began 100 days before."""
    def rule(seconds):
        there = time.gmtime(seconds + HOUR)
        return "%d/%s" % (there.tm_yday - 1, time.strftime("%H:%M:%S", there))
    begin = time.gmtime(change - 100 * 24 * HOUR)
    return "WIN0SUM,%d/0,%s" % (begin.tm_yday - 1, rule(change))


def test_hour_that_came_twice(place, template):
    """Lines of an hour that came twice are dated by the order of the file, also when the agent is killed meanwhile."""
    change = int(time.time()) // MINUTE * MINUTE - 90 * MINUTE
    agent = Zoned(place, "twice", template, start_at="beginning", threshold=10, window="10m")
    agent.zone = zone_that_went_back(change)
    times = {TWICE: [], ACROSS: [], LATE: []}

    def write(address, minutes):
        """A hit so many minutes after the change."""
        times[address].append(change + minutes * MINUTE)
        agent.log.hit(address, shown=shown(change + minutes * MINUTE, HOUR if minutes < 0 else 0))

    def read(address):
        return until("the hits of %s are in the database" % address,
                     lambda: len(agent.times(address)) == len(times[address]))

    for minutes in range(-50, -45):
        write(TWICE, minutes)
    for minutes in range(-6, -1):
        write(ACROSS, minutes)
    yield from agent.begin()
    yield read(ACROSS)
    agent.kill()
    for minutes in range(1, 4):
        write(ACROSS, minutes)
    yield from agent.begin()
    yield read(ACROSS)
    lab.check(agent.banned() == [], "banned: %s", agent.banned())
    agent.kill()
    for minutes in range(10, 15):  # the same digits as those 60 minutes before
        write(TWICE, minutes)
    write(LATE, 20)
    yield from agent.begin()
    yield read(LATE)
    agent.kill()
    agent.database("DELETE FROM meta WHERE name = 'line_zone'")  # as an older agent leaves it
    write(LATE, 21)
    write(LATE, 59)
    write(LATE, 60)
    yield from agent.begin()
    yield read(LATE)
    for address, wanted in times.items():
        agent.expect(address, wanted)
    lab.check(agent.banned() == [], "banned: %s", agent.banned())
    agent.stop()


def test_few_hits(place, template):
    """Lines that are no hits tell which hour it is, too; lines that are read again have the times they had."""
    change = int(time.time()) // MINUTE * MINUTE - 90 * MINUTE
    agent = Zoned(place, "few", template, start_at="beginning")
    agent.zone = zone_that_went_back(change)
    append(agent, shown(change - 41 * MINUTE, HOUR) + EVIDENCE % 1)  # all from here on is read again
    agent.log.hit(RARE, shown=shown(change - 40 * MINUTE, HOUR))
    append(agent, shown(change + MINUTE, 0) + PLAIN)
    agent.log.hit(RARE, shown=shown(change + 30 * MINUTE, 0))
    yield from agent.begin()
    yield until("both are in the database", lambda: len(agent.times(RARE)) == 2)
    agent.expect(RARE, [change - 40 * MINUTE, change + 30 * MINUTE])
    expired = agent.status()["counters"]["lines_unjoined"]  # on a slow machine the evidence waits no more
    agent.kill()
    agent.log.hit(LATE, shown=shown(change + 31 * MINUTE, 0))
    yield from agent.begin()
    yield until("the last is in the database", lambda: agent.times(LATE))
    lab.check(expired or agent.status()["counters"]["lines_read"] == 5, "the lines were not read again")
    agent.expect(RARE, [change - 40 * MINUTE, change + 30 * MINUTE])
    agent.expect(LATE, [change + 31 * MINUTE])
    agent.stop()


def test_log_of_another_zone(place, template):
    """An agent two hours east of rspamd learns that from live lines, says so, and then dates what it reads late."""
    agent = Zoned(place, "zone", template, start_at="beginning")
    agent.zone = "EAST-2"
    last = 0

    def is_learned():
        """One line a second until it is."""
        nonlocal last
        if time.monotonic() > last + 1.1:
            append(agent, shown(time.time(), 0) + EVIDENCE % int(last))
            agent.log.hit(TWICE, shown=shown(time.time(), 0))
            last = time.monotonic()
        return agent.status()["log"]["zone"]

    yield from agent.begin()
    zone = yield until("the zone is learned", is_learned, 120)
    lab.check(zone == {"east_min": -120, "detail": "rspamd's clock is 2 h behind this node's: set the same TZ for both"},
              "status says %s", zone)
    lab.check(zone["detail"] in agent.tell("status").out, "banctl status does not say it")
    lab.check(agent.is_healthy(), "it degrades the status")
    lab.check(agent.written("rspamd's clock is 2 h behind"), "the log does not say it")
    yield until("the zone is stored", lambda: agent.database("SELECT 1 FROM meta WHERE name = 'line_zone' AND value = "
                                                             "x'00000000'"), 20)
    agent.kill()
    moved = agent.times(TWICE)
    now = int(time.time())
    times = [now - 3 * HOUR, now - 30 * MINUTE, now - 20 * MINUTE]
    for at in times:
        agent.log.hit(LATE, shown=shown(at, 0))
    yield from agent.begin()
    yield until("they are in the database", lambda: len(agent.times(LATE)) == len(times))
    agent.expect(LATE, times)
    agent.expect(TWICE, moved)
    lab.check(agent.status()["log"]["zone"] == zone, "after a restart status says %s", agent.status()["log"]["zone"])
    agent.kill()
    agent.zone = "UTC0"
    yield from agent.begin()
    lab.check(agent.status()["log"]["zone"] is None, "in the same zone status says %s", agent.status()["log"]["zone"])
    agent.stop()


PARTS = (test_hour_that_came_twice, test_few_hits, test_log_of_another_zone)
