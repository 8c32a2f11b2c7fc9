# SPDX-License-Identifier: Apache-2.0
"""G6: what merging the strikes of a peer costs."""
import contextlib
import itertools
import shutil

import filled
import wait
from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, at_least, at_most, side
from peers import haproxy, redis

MESSAGE_BYTES = 64
REDIS_COUNT, HAPROXY_COUNT = 100000, 20000

_number = itertools.count(1)


class G6(Row):
    name, title = "G6", "merging strikes from peers"

    def cases(self):
        sizes = self.bench.pick((10000, 100000, 1000000), (1000, 10000, 100000), (100, 1000, 10000))
        for count in sizes:
            with contextlib.ExitStack() as stack:
                last = count == sizes[-1]
                yield Case("%d strikes, packed, in memory" % count, self._sides(stack, count, last), [
                    Metric("cpu", "CPU a strike", "us", [at_most(0.7, "us")] if last else []),
                    Metric("rate", "strikes a second of a core", "/s", [at_least(300000, "/s")] if last else [], more=True)],
                    size=count, agree=self._agree)
                yield Case("%d strikes, packed, a commit each turn" % count, {OURS: lambda: self._durable(count)}, [
                    Metric("cpu", "CPU a strike, durable", "us"),
                    Metric("rate", "strikes a second, durable", "/s", [at_least(100000, "/s")] if last else [], more=True)],
                    due=count, size=count)

    def _sides(self, stack, count, last):
        sides = {OURS: lambda: self._merged(count), FLOOR: lambda: self._received(count)}
        if self.bench.peers and last:
            sides["redis"] = side(lambda: self._redis(stack), lambda server: self._counted(*server))
            sides["haproxy"] = side(lambda: self._haproxy(stack), self._shared)
        return sides

    @staticmethod
    def _agree(works):
        """Each has as many as it was given."""
        for name, (found, given) in works.items():
            Case._equal(Case(name, {}, [], due=given), {name: found})

    def _merged(self, count, *folder):
        words = Cost([self.bench.tool("merge"), str(count)] + list(folder)).words()
        return Sample((int(words["count"]), count), cpu=words["cpu_us"], rate=1e6 / words["cpu_us"])

    def _durable(self, count):
        folder = self.bench.place.folder("merge-%d" % next(_number))
        words = Cost([self.bench.tool("merge"), str(count), folder]).words()
        shutil.rmtree(folder)
        return Sample(int(words["count"]), cpu=words["cpu_us"], rate=words["rate"])

    def _received(self, count):
        """One message of libzmq a strike, which is received and looked at no further."""
        count = min(count, 300000)
        words = Cost([self.bench.tool("curve_floor"), "rate", str(count), str(MESSAGE_BYTES)]).words()
        return Sample((int(words["count"]), count), cpu=words["cpu_us"], rate=1e6 / words["cpu_us"])

    def _redis(self, stack):
        server = redis.Server(self.bench.place, "merge-redis")
        stack.callback(server.stop)
        path = self.bench.place.path("merge-redis", "commands")
        with open(path, "wb") as file:
            file.write(filled.addresses(self.bench, 0, REDIS_COUNT, "INCR "))
        return server, path

    @staticmethod
    def _counted(server, path):
        server.ask("FLUSHALL")
        used = server.cpu_s()
        server.pipe(path)
        cpu = (server.cpu_s() - used) * 1e6 / REDIS_COUNT
        return Sample((int(server.ask("DBSIZE")), REDIS_COUNT), cpu=cpu, rate=1e6 / cpu)

    def _haproxy(self, stack):
        """Two that share a table, and entries not used yet."""
        servers = haproxy.pair(self.bench.place)
        for server in servers:
            stack.callback(server.stop)
        wait.until("they are connected", lambda: "last_status=ESTA" in servers[1].ask("show peers"), 60)
        return servers, itertools.count()

    def _shared(self, program):
        """What the receiver of the updates needs."""
        (near, far), turns = program
        turn = next(turns)
        used, cpu = far.used(), far.cpu_s()
        near.put(filled.addresses(self.bench, turn * HAPROXY_COUNT, HAPROXY_COUNT).decode().split())
        wait.until("all are there", lambda: far.used() >= used + HAPROXY_COUNT, 60)
        cpu = (far.cpu_s() - cpu) * 1e6 / HAPROXY_COUNT
        return Sample((far.used() - used, HAPROXY_COUNT), cpu=cpu, rate=1e6 / cpu)
