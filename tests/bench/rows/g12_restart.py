# SPDX-License-Identifier: Apache-2.0
"""G12: how long a restart takes, and that it leaves the map alone."""
import contextlib
import os
import subprocess
import time

import filled
import wait
from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, Wrong, at_most, side
from peers import fail2ban

FAIL2BAN_BANS = 10000  # a minute for a million
READY_S = 1.5


class G12(Row):
    name, title = "G12", "restart with many bans"

    def cases(self):
        for count in self.bench.pick((10000, 100000, 1000000), (10000, 100000), (100, 1000)):
            with contextlib.ExitStack() as stack:
                agent = filled.member(self.bench, "restart-%d" % count, count)
                filled.start(agent)
                wait.until("the map is written", lambda: len(agent.banned()) == count, 60)
                agent.stop()
                path = self.bench.place.path("restart-%d.floor" % count)
                subprocess.run([self.bench.tool("restart_floor"), "write", path, str(count)], check=True)
                sides = {OURS: lambda: self._ours(agent, count), FLOOR: lambda: self._floor(path)}
                if self.bench.peers and count == FAIL2BAN_BANS:
                    sides["fail2ban"] = side(lambda: self._fail2ban(stack, count), lambda server: self._restored(server, count))
                yield Case("%d bans" % count, sides, [
                    Metric("wall", "until it is ready", "s", [at_most(READY_S, "s")] if count == 1000000 else []),
                    Metric("cpu", "CPU", "s")], due=count, size=count)

    @staticmethod
    def _ours(agent, count):
        before = os.stat(agent.map)
        wall = filled.start(agent)
        cpu = agent.cpu_s()
        bans = agent.status()["bans"]
        after = os.stat(agent.map)
        agent.stop()
        if (before.st_ino, before.st_mtime_ns) != (after.st_ino, after.st_mtime_ns):
            raise Wrong("the map was written although nothing had changed")
        return Sample(sum(bans.values()) if isinstance(bans, dict) else bans, wall=wall, cpu=cpu)

    def _floor(self, path):
        words = Cost([self.bench.tool("restart_floor"), "read", path]).words()
        return Sample(int(words["count"]), wall=words["wall_s"], cpu=words["cpu_s"])

    def _fail2ban(self, stack, count):
        place = self.bench.place
        server = fail2ban.Server(place, "restart-fail2ban", place.write("", "restart-fail2ban.log"), "polling", action=False)
        server.start()
        addresses = filled.addresses(self.bench, 0, count).decode().split()
        for begin in range(0, count, 2000):
            server.client("set", fail2ban.JAIL, "banip", *addresses[begin:begin + 2000])
        wait.until("all are banned", lambda: server.banned() == count, 120)
        server.stop()
        return server

    @staticmethod
    def _restored(server, count):
        begin = time.monotonic()
        server.start()
        wait.until("all are banned again", lambda: server.banned() >= count, 120)
        wall, cpu = time.monotonic() - begin, server.cpu_s()
        server.stop()
        return Sample(count, wall=wall, cpu=cpu)
