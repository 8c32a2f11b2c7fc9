# SPDX-License-Identifier: Apache-2.0
"""What G1 and G2 share: a log as rspamd 3.4 writes it, and who reads it."""
import collections
import itertools
import json
import os
import re
import subprocess
import time

import wait
from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, Wrong, ahead, at_most, times
from member import Member
from peers import crowdsec, fail2ban

SPAN_S = 36000  # of the log: strikes live for 24 h
MAP_WAIT_S = 1
HIT = b"score=nan (set by ratelimit)\n"

_number = itertools.count(1)


class Log:
    """A log and what is in it. Abusers are senders with 12 hits in a row; the others come nowhere near ten in ten minutes."""

    def __init__(self, bench, name, size, abusers):
        self.path, self.abusers = bench.place.path(name), abusers
        start = int(time.time()) - SPAN_S - 300
        with open(self.path, "wb") as out:
            run = subprocess.run([bench.tool("loggen"), str(size), str(start), str(SPAN_S), str(abusers)], stdout=out,
                                 stderr=subprocess.PIPE, text=True, check=True)
        told = dict(word.split("=") for word in run.stderr.split())
        self.lines, self.bytes, self.hits = int(told["lines"]), int(told["bytes"]), int(told["hits"])
        self.due = {"172.16.%d.%d" % (i // 250, i % 250 + 1) for i in range(abusers)}


class Part:
    """The first lines of a log, for those who would need hours for all of it."""

    def __init__(self, log, lines):
        self.path, self.lines, self.hits = log.path + ".part", lines, 0
        senders = collections.Counter()
        with open(log.path, "rb") as source, open(self.path, "wb") as out:
            for line in itertools.islice(source, lines):
                out.write(line)
                if line.endswith(HIT):
                    self.hits += 1
                    senders[re.search(rb" ip: ([^,]+),", line).group(1).decode()] += 1
        self.due = {sender for sender, hits in senders.items() if hits >= 10}


class Scan(Row):
    """A subclass has abusers, of whom smaller runs have fewer, and floors, the bound over the floor."""

    abusers, floors = 0, 2

    def cases(self):
        bench = self.bench
        size = bench.pick(1000000000, 100000000, 10000000)
        log = Log(bench, self.name + ".log", size, self.abusers // bench.pick(1, 10, 10))
        self.part = Part(log, bench.pick(100000, 20000, 2000))
        demands = [times(FLOOR, self.floors)] + ([ahead("fail2ban", 200)] if self.floors == 2 else [])
        cpu = Metric("cpu", "CPU s a million lines", "s", demands)
        replay = {OURS: lambda: self._replay(log), FLOOR: lambda: self._floor(log)}
        yield Case("banctl replay", dict(replay, **self._peers(True)), [cpu], agree=self._agree(log))
        metrics = [cpu]
        if self.floors == 2:
            metrics.append(Metric("memory", "peak memory over the idle agent", "MB", [at_most(10, "MB")]))
        else:
            metrics.append(Metric("late", "every due ban in the map behind the last line read", "ms",
                                  [at_most(MAP_WAIT_S * 1000, "ms")]))
        yield Case("agent", {OURS: lambda: self._agent(log), FLOOR: lambda: self._floor(log), **self._peers(False)}, metrics,
                   agree=self._agree(log))
        os.remove(log.path)

    def _peers(self, all_of_them):
        if not self.bench.peers:
            return {}
        found = {"fail2ban": self._fail2ban}
        if self.bench.crowdsec and all_of_them:
            found["crowdsec"] = self._crowdsec
        return found

    def _agree(self, log):
        """Who reads the whole log must find all its hits and due bans, who reads a part those of the part."""
        def agree(works):
            for name, work in works.items():
                due = {"hits": log.hits, "due": log.due, "part_hits": self.part.hits, "part_due": self.part.due}
                for key, value in work.items():
                    if value != due[key]:
                        raise Wrong("%s: %s of %s are %.200r, not %.200r" % (log.path, key, name, value, due[key]))
        return agree

    def _floor(self, log):
        cost = Cost([self.bench.tool("scan_floor"), log.path])
        return Sample({"hits": int(cost.words()["addresses"])}, cpu=cost.cpu_s / log.lines * 1e6)

    def _replay(self, log):
        cost = Cost([self.bench.bin("banctl"), "replay", "--json", log.path])
        summary = json.loads(cost.out.splitlines()[-1])
        if summary["senders_due"] != len(log.due) or summary["lines"] != log.lines:
            raise Wrong("replay reads %d lines of %d and would ban %d of %d" % (
                summary["lines"], log.lines, summary["senders_due"], len(log.due)))
        return Sample({"hits": summary["hits"]}, cpu=cost.cpu_s / log.lines * 1e6)

    def _started(self, log):
        agent = Member(self.bench.place, "%s-%d" % (self.name, next(_number)))
        agent.configure(log, [agent], detect="start_at = beginning")
        agent.start()
        return agent

    def _agent(self, log):
        """Without what an agent whose log is empty needs to start."""
        empty = self.bench.place.write("", "empty.log")
        idle = self._started(empty)
        idle.wait_lines(0, 0)
        idle_s, idle_kb = idle.cpu_s(), idle.peak_kb()
        idle.stop()
        agent = self._started(log.path)
        hits = agent.wait_lines(log.lines, log.bytes)["lines_hit"]
        read = time.monotonic()
        wait.until("the due bans are in the map", lambda: set(agent.banned()) == log.due, MAP_WAIT_S * 10)
        late_ms = (time.monotonic() - read) * 1000
        cpu, peak_kb = agent.cpu_s() - idle_s, agent.peak_kb() - idle_kb
        banned = set(agent.banned())
        agent.stop()
        return Sample({"hits": hits, "due": banned}, cpu=cpu / log.lines * 1e6, memory=peak_kb / 1024, late=late_ms)

    def _fail2ban(self):
        cpu_s, hits = fail2ban.regex_cost(self.part.path, self.part.lines)
        return Sample({"part_hits": hits}, cpu=cpu_s * 1e6)

    def _crowdsec(self):
        """Between a fifth of the part and all of it, so that its start does not count."""
        name, few = "crowdsec-%d-" % next(_number), self.part.lines // 5
        with open(self.part.path, "rb") as source, open(self.part.path + ".few", "wb") as out:
            out.writelines(itertools.islice(source, few))
        readers = [crowdsec.CrowdSec(self.bench.place, name + which, self.bench.crowdsec) for which in ("few", "all")]
        costs = [reader.replay(path).cpu_s for reader, path in zip(readers, (self.part.path + ".few", self.part.path))]
        return Sample({"part_due": readers[1].decisions()}, cpu=(costs[1] - costs[0]) / (self.part.lines - few) * 1e6)
