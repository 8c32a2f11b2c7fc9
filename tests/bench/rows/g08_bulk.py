# SPDX-License-Identifier: Apache-2.0
"""G8: many bans at once through banctl, and how long the agent is busy with nothing else meanwhile."""
import contextlib
import itertools
import threading
import time

import filled
from clock import Cost
from frame import OURS, Case, Metric, Row, Sample, Wrong, at_most, times
from member import Control
from peers import redis

STALL_MS = 20
ASK_S = 0.002

_number = itertools.count(1)


class Asker(threading.Thread):
    """Asks the agent one small thing again and again; slowest_ms is its longest wait."""

    def __init__(self, path):
        super().__init__()
        self.control, self.slowest_ms, self.over = Control(path, 60), 0, threading.Event()

    def run(self):
        while not self.over.wait(ASK_S):
            begin = time.monotonic()
            self.control.ask("check", targets=["192.0.2.1"])
            self.slowest_ms = max(self.slowest_ms, (time.monotonic() - begin) * 1000)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.control.close()


class G8(Row):
    name, title = "G8", "banning and listing many through banctl"

    def cases(self):
        count = self.bench.pick(100000, 20000, 1000)
        place = self.bench.place
        self.path, self.commands = place.path("bulk.txt"), place.path("bulk.redis")
        self.due = sorted(filled.addresses(self.bench, 0, count).decode().split())
        with open(self.path, "wb") as file:
            file.write(filled.addresses(self.bench, 0, count))
        with open(self.commands, "wb") as file:
            file.write(filled.addresses(self.bench, 0, count, "SADD b "))
        peers = {"redis": self._redis} if self.bench.peers else {}
        metrics = [Metric("ban", "wall to ban them, durable", "s", [times("redis", 3)]),
                   Metric("stall_ban", "longest wait for another answer while banning", "ms", [at_most(STALL_MS, "ms")]),
                   Metric("list", "wall to list them", "s", [times("redis", 1.5)]),
                   Metric("stall_list", "longest wait for another answer while listing", "ms", [at_most(STALL_MS, "ms")])]
        yield Case("%d bans" % count, {OURS: self._ours, **peers}, metrics, due=len(self.due), rounds=self.bench.pick(3, 2, 1))

    def _agree(self, found):
        if sorted(found) != self.due:
            raise Wrong("listed are %d, due %d" % (len(found), len(self.due)))
        return len(found)

    def _ours(self):
        with contextlib.ExitStack() as stack:
            agent = filled.member(self.bench, "bulk-%d" % next(_number), 0)
            filled.start(agent)
            stack.callback(agent.stop)
            banctl = [self.bench.bin("banctl"), "--socket", agent.socket, "--timeout", "600"]
            with Asker(agent.socket) as banning:
                ban = Cost(banctl + ["import", self.path, "--permanent", "--yes"])
            with Asker(agent.socket) as listing:
                whole = Cost(banctl + ["list"])
            found = [line.split()[0] for line in whole.text().splitlines() if "." in line.partition(" ")[0]]
            return Sample(self._agree(found), ban=ban.wall_s, list=whole.wall_s, stall_ban=banning.slowest_ms,
                          stall_list=listing.slowest_ms)

    def _redis(self):
        with contextlib.ExitStack() as stack:
            server = redis.Server(self.bench.place, "bulk-redis-%d" % next(_number), durable=True)
            stack.callback(server.stop)
            ban = server.pipe(self.commands)
            whole = Cost(server.command("SMEMBERS", "b"))
            return Sample(self._agree(whole.text().split()), ban=ban.wall_s, list=whole.wall_s)
