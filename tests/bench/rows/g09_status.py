# SPDX-License-Identifier: Apache-2.0
"""G9: what asking costs, the start of the process included."""
import contextlib
import os

import filled
import wait
from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, side, times
from peers import fail2ban, redis

BANS = 1000
CODES = (0, 4)  # healthy, degraded


class G9(Row):
    name, title = "G9", "banctl status, process start included"

    def cases(self):
        with contextlib.ExitStack() as stack:
            agent = filled.member(self.bench, "status", BANS)
            filled.start(agent)
            stack.callback(agent.stop)
            agent.wait_ready()
            sides = {OURS: lambda: self._asked([self.bench.bin("banctl"), "--socket", agent.socket, "status"], "bansyncd ", CODES),
                     FLOOR: side(lambda: self._echo(stack), lambda path: self._asked(
                         [self.bench.tool("echo_floor"), "call", path, "hello"], "hello"))}
            if self.bench.peers:
                sides["the echo, linked as banctl"] = side(lambda: self._echo(stack, "echo_linked"), lambda path: self._asked(
                    [self.bench.tool("echo_linked"), "call", path, "hello"], "hello"))
                sides["redis-cli"] = side(lambda: self._redis(stack), lambda server: self._asked(server.command("PING"), "PONG"))
                sides["fail2ban-client"] = side(lambda: self._fail2ban(stack), lambda server: self._asked(
                    server.command("ping"), "pong"))
            yield Case("one question", sides, [Metric("wall", "wall", "ms", [times(FLOOR, 1.5)]),
                                               Metric("cpu", "CPU", "ms")], rounds=self.bench.pick(41, 15, 5))

    @staticmethod
    def _asked(argv, answer, codes=(0,)):
        cost = Cost(argv, codes=codes)
        return Sample("the answer" if answer in cost.text() else cost.text()[:100], wall=cost.wall_s * 1000, cpu=cost.cpu_s * 1000)

    def _echo(self, stack, tool="echo_floor"):
        path = self.bench.place.path(tool + ".sock")
        stack.callback(self.bench.place.end, self.bench.place.start([self.bench.tool(tool), "serve", path], "root"))
        wait.until("it listens", lambda: os.path.exists(path))
        return path

    def _redis(self, stack):
        server = redis.Server(self.bench.place, "status-redis")
        stack.callback(server.stop)
        return server

    def _fail2ban(self, stack):
        log = self.bench.place.write("", "status-fail2ban.log")
        server = fail2ban.Server(self.bench.place, "status-fail2ban", log, action=False)
        server.start()
        stack.callback(server.stop)
        return server
