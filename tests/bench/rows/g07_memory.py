# SPDX-License-Identifier: Apache-2.0
"""G7: how much memory a ban takes."""
import contextlib
import itertools

import filled
import wait
from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, Skip, at_most
from peers import haproxy, redis

MEMBERS_A_LINE = 100
HAPROXY_MAX = 1000000
AGENT_MAX = 1000000

_number = itertools.count(1)


class G7(Row):
    name, title = "G7", "memory a ban"

    def cases(self):
        sizes = self.bench.pick((100000, 1000000, 10000000), (10000, 100000), (1000, 10000))
        for count in sizes:
            sides = {OURS: lambda: self._tool("state_memory", count), FLOOR: lambda: self._tool("memory_floor", count)}
            if self.bench.peers:
                sides["redis"] = lambda: self._redis(count)
                sides["haproxy"] = lambda: self._haproxy(count)
            bound = [at_most(56, "B")] if count == sizes[-1] else []
            yield Case("%d bans, in the core" % count, sides, [Metric("bytes", "resident bytes a ban", "B", bound)], due=count,
                       size=count, rounds=1)
            if count <= AGENT_MAX:
                yield Case("%d bans, the agent" % count, {OURS: lambda: self._agent(count)}, [
                    Metric("bytes", "resident bytes a ban, over an empty agent", "B")], due=count, size=count, rounds=1)

    def _tool(self, name, count):
        words = Cost([self.bench.tool(name), str(count)]).words()
        return Sample(int(words["count"]), bytes=words["bytes"] / count)

    def _agent(self, count):
        """With its map, its drawn text, and what its database keeps in memory."""
        sizes = []
        for bans in (0, count):
            agent = filled.member(self.bench, "memory-%d" % next(_number), bans)
            filled.start(agent)
            wait.until("the map is written", lambda: len(agent.banned()) == bans, 120)
            sizes.append(agent.rss_kb())
            agent.stop()
        return Sample(count, bytes=(sizes[1] - sizes[0]) * 1024 / count)

    def _redis(self, count):
        """A set of them: no ends, reasons or origins."""
        place, name = self.bench.place, "memory-redis-%d" % next(_number)
        with contextlib.ExitStack() as stack:
            server = redis.Server(place, name)
            stack.callback(server.stop)
            empty = server.info("memory", "used_memory")
            path = place.path(name, "commands")
            members = filled.addresses(self.bench, 0, count).split()
            with open(path, "wb") as file:
                for begin in range(0, count, MEMBERS_A_LINE):
                    file.write(b"SADD b %s\n" % b" ".join(members[begin:begin + MEMBERS_A_LINE]))
            server.pipe(path)
            return Sample(int(server.ask("SCARD", "b")), bytes=(server.info("memory", "used_memory") - empty) / count)

    def _haproxy(self, count):
        if count > HAPROXY_MAX:
            raise Skip("%d entries take HAProxy minutes to be given" % count)
        place = self.bench.place
        with contextlib.ExitStack() as stack:
            server = haproxy.Server(place, "memory", [("memory", place.address, place.port())])
            stack.callback(server.stop)
            empty = server.rss_kb()
            server.put(filled.addresses(self.bench, 0, count).decode().split())
            return Sample(server.used(), bytes=(server.rss_kb() - empty) * 1024 / count)
