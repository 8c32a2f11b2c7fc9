# SPDX-License-Identifier: Apache-2.0
"""G5: how long after the tenth hit on one node is the sender in the maps of the others, and rejected by an rspamd there?"""
import contextlib
import itertools
import time

import wait
from frame import FLOOR, OURS, Case, Demand, Metric, Row, Sample, Skip, Wrong, at_most, side
from hits import HitLog
from peers import crowdsec
from rspamd import Redis, Rspamd, limit
from team import team
from watch_map import MapFile

PAUSE_S = 0.3
MORE_MS, REJECT_MS, SAME_MS = 2, 150, 50
CROWDSEC_ROUNDS = 5


class G5(Row):
    name, title = "G5", "tenth hit on A -> map on B and C; -> reject of an rspamd on B"

    def cases(self):
        with contextlib.ExitStack() as stack:
            agents = team(self.bench, stack, "cluster", 3)
            log, maps = HitLog(agents[0].log), [MapFile(agent.map) for agent in agents]
            for thing in [log] + maps:
                stack.callback(thing.close)
            self.numbers, self.sample = itertools.count(), None
            sides = {OURS: lambda: self._everywhere(log, agents, maps), FLOOR: self._own}
            if self.bench.peers and self.bench.crowdsec:
                sides["crowdsec"] = side(lambda: self._crowdsec(stack), self._decided)
            yield Case("map", sides, [
                Metric("wall", "p50 on B and C; the floor: on A itself (G3)", "ms", [
                    Demand("at most {} ms more than on A", lambda of: of[OURS] - of[FLOOR], MORE_MS)]),
                Metric("same", "all maps the same bytes", "ms", [at_most(SAME_MS, "ms")])],
                rounds=self.bench.pick(40, 15, 3), agree=self._agree)
            if self.bench.peers:
                yield from self._rejects(stack, agents, log)

    def _address(self):
        return "198.18.%d.%d" % divmod(next(self.numbers), 256)

    @staticmethod
    def _pause():
        begin = time.monotonic()
        wait.until("a pause", lambda: time.monotonic() > begin + PAUSE_S)

    def _everywhere(self, log, agents, maps):
        """A round of all three: when it is in the map of A, in both others, and when all are the same."""
        self._pause()
        address = self._address()
        begin = log.hit(address)
        own, *others = [seen.wait(address.encode()) - begin for seen in maps]
        wait.until("the maps are the same", lambda: len({agent.map_bytes() for agent in agents}) == 1)
        self.sample = Sample(address, wall=own * 1000)
        return Sample(address, wall=max(others) * 1000, same=(time.monotonic() - begin) * 1000)

    def _own(self):
        return self.sample

    @staticmethod
    def _agree(works):
        if works[OURS] != works[FLOOR]:
            raise Wrong("another sender was banned on A")

    def _crowdsec(self, stack):
        engine = crowdsec.CrowdSec(self.bench.place, "cluster-crowdsec", self.bench.crowdsec)
        stack.callback(engine.stop)
        engine.start()
        return engine, HitLog(engine.log), itertools.count()

    def _decided(self, program):
        """To the decision in its own database: a bouncer elsewhere asks every 10 s."""
        engine, log, turns = program
        if next(turns) >= CROWDSEC_ROUNDS:
            raise Skip("%d rounds are enough: a second each" % CROWDSEC_ROUNDS)
        address = self._address()
        begin = log.hit(address)
        wait.until("crowdsec has decided", lambda: address in engine.decisions(), 30)
        return Sample(address, wall=(time.monotonic() - begin) * 1000)

    def _rejects(self, stack, agents, log):
        place = self.bench.place
        scanner = Rspamd(place, "cluster-rspamd", Redis(place), agents[1].map, limit(1000000, "1000000 / 1s"))
        scanner.start()
        stack.callback(place.end, scanner.process)
        scanner.wait_ready()
        yield Case("reject", {OURS: lambda: self._rejected(log, scanner)}, [
            Metric("wall", "p50 to the first mail that an rspamd on B rejects", "ms", [at_most(REJECT_MS, "ms")])],
            due="accept, then reject", rounds=self.bench.pick(20, 7, 1))

    def _rejected(self, log, scanner):
        self._pause()
        address = self._address()
        before = scanner.play(address, "alice@example.org")[0]
        begin = log.hit(address)
        verdict = None
        while verdict != "reject" and time.monotonic() < begin + 30:
            verdict = scanner.play(address, "alice@example.org")[0]
        return Sample("%s, then %s" % (before, verdict), wall=(time.monotonic() - begin) * 1000)
