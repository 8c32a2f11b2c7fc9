# SPDX-License-Identifier: Apache-2.0
"""G3: how long after the tenth hit was logged is the address in the map, and what does that cost?"""
import contextlib
import itertools
import time

import filled
import wait
from frame import FLOOR, OURS, Case, Metric, Row, Sample, Wrong, ahead, side, times
from hits import HitLog
from member import cpu_s
from peers import fail2ban
from watch_map import MapFile

PAUSE_S = 0.3
PAUSE_S_A_LINE = 0.00011  # the agent lets 100 us a line pass between two writes, as rspamd reads all of it
SETTLE_S = 0.05  # what is done behind the map is part of the cost


class Reader:
    """Somebody who reads a log and keeps a map."""

    def __init__(self, log, map_file, pause_s, cpu):
        self.log, self.map, self.pause_s, self.cpu = HitLog(log), map_file, pause_s, cpu
        self.numbers, self.seen_at = itertools.count(), time.monotonic()

    def ban(self):
        wait.until("a pause", lambda: time.monotonic() >= self.seen_at + self.pause_s, 60)
        number = next(self.numbers)
        address = "198.18.%d.%d" % divmod(number, 256)
        used = self.cpu()
        begin = self.log.hit(address)
        self.seen_at = self.map.wait(address.encode())
        wait.until("it is done", lambda: time.monotonic() >= self.seen_at + SETTLE_S)
        return Sample(address, wall=(self.seen_at - begin) * 1000, cpu=(self.cpu() - used) * 1000)

    def close(self):
        self.log.close()
        self.map.close()


class G3(Row):
    name, title = "G3", "tenth hit appended -> address in the map, fsync on"

    def cases(self):
        for lines, rounds in self.bench.pick(((0, 60), (1000, 60), (10000, 25), (100000, 7)),
                                             ((0, 25), (1000, 15), (10000, 7)), ((0, 3), (1000, 2))):
            with contextlib.ExitStack() as stack:
                yield from self._case(stack, lines, rounds)

    def _case(self, stack, lines, rounds):
        ours, floor = self._ours(stack, lines), self._floor(stack, lines)
        sides, wall, cpu = {OURS: ours.ban, FLOOR: floor.ban}, [times(FLOOR, 3)], []
        if self.bench.peers and lines == 0:
            sides["fail2ban"] = side(lambda: self._fail2ban(stack), Reader.ban)
            wall, cpu = wall + [ahead("fail2ban", 10)], [ahead("fail2ban", 20)]
        yield Case("map of %d lines" % lines, sides, [Metric("wall", "p50", "ms", wall),
                                                      Metric("cpu", "CPU a ban", "ms", cpu, middle="mean")],
                   size=lines or None, rounds=rounds)
        if ours.map.lines() != floor.map.lines():
            raise Wrong("the maps differ: %.200r" % (ours.map.lines() ^ floor.map.lines()))

    def _reader(self, stack, *words):
        reader = Reader(*words)
        stack.callback(reader.close)
        return reader

    def _ours(self, stack, lines):
        name = "detect-%d" % lines
        log = self.bench.place.write("", name, "log")
        agent = filled.member(self.bench, name, lines, log=log)
        filled.start(agent)
        stack.callback(agent.stop)
        wait.until("the map is written", lambda: len(agent.banned()) == lines)
        return self._reader(stack, log, MapFile(agent.map), PAUSE_S + lines * PAUSE_S_A_LINE, agent.cpu_s)

    def _floor(self, stack, lines):
        place, name = self.bench.place, "detect-floor-%d" % lines
        log, map_file = place.write("", name, "log"), MapFile(place.path(name, "map"))
        process = place.start([self.bench.tool("detect_floor"), log, map_file.path, str(lines)], "root")
        stack.callback(place.end, process)
        wait.until("the floor has its map", lambda: len(map_file.lines() or ()) == lines and map_file.lines() is not None)
        return self._reader(stack, log, map_file, PAUSE_S, lambda: cpu_s(process.pid))

    def _fail2ban(self, stack):
        log = self.bench.place.write("", "detect-fail2ban.log")
        server = fail2ban.Server(self.bench.place, "detect-fail2ban", log)
        server.start()
        stack.callback(server.stop)
        return self._reader(stack, log, MapFile(server.map, appended=True), PAUSE_S, server.cpu_s)
