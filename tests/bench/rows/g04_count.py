# SPDX-License-Identifier: Apache-2.0
"""G4: how long after a hit was logged on one node is it counted on another?"""
import contextlib
import itertools
import os
import socket
import time
from statistics import median

import wait
from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, Wrong, side, times
from hits import HitLog
from member import Control
from peers import redis
from team import team

GAP_S = 0.005


class G4(Row):
    name, title = "G4", "hit on one node -> counted on another, behind both commits"

    def cases(self):
        count = self.bench.pick(400, 100, 20)
        with contextlib.ExitStack() as stack:
            near, far = team(self.bench, stack, "count", 2)
            log, seen = HitLog(near.log), Control(far.socket, 30)
            stack.callback(log.close)
            stack.callback(seen.close)
            seen.send("watch", kinds=["hit"])
            wait.until("it watches", lambda: "item" in seen.receive())
            numbers = itertools.count()
            sides = {OURS: lambda: self._counted(log, seen, numbers, count), FLOOR: lambda: self._floor(count)}
            if self.bench.peers:
                sides["redis"] = side(lambda: self._redis(stack), lambda servers: self._replicated(servers, count))
            yield Case("one hit at a time", sides, [Metric("wall", "p50", "ms", [times(FLOOR, 2)])], due=count)

    @staticmethod
    def _pause():
        begin = time.monotonic()
        wait.until("a pause", lambda: time.monotonic() > begin + GAP_S)

    def _counted(self, log, seen, numbers, count):
        took = []
        for _ in range(count):
            self._pause()
            address = "198.18.%d.%d" % divmod(next(numbers), 256)
            begin = log.hit(address, 1)
            item = seen.receive()["item"]
            took.append(time.monotonic() - begin)
            if item["net"] != address + "/32" or item["count"] != 1:
                raise Wrong("%s was logged, %s was counted" % (address, item))
        return Sample(len(took), wall=median(took) * 1000)

    def _floor(self, count):
        """One way through libzmq with CURVE, behind one commit."""
        path = self.bench.place.path("count-floor")
        words = Cost([self.bench.tool("curve_floor"), "latency", str(count), path]).words()
        os.remove(path)
        return Sample(int(words["count"]), wall=words["wall_ms"])

    def _redis(self, stack):
        """A master that is durable, and its replica; connections to both."""
        place = self.bench.place
        master = redis.Server(place, "count-master", durable=True)
        stack.callback(master.stop)
        replica = redis.Server(place, "count-replica", words=["--replicaof", "%s %d" % master.address])
        stack.callback(replica.stop)
        wait.until("it is a replica", lambda: "master_link_status:up" in replica.ask("INFO", "replication"))
        found = []
        for server in (master, replica):
            client = socket.create_connection(server.address)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stack.callback(client.close)
            found.append(client)
        return found, itertools.count()

    def _replicated(self, program, count):
        (master, replica), numbers = program
        took = []
        for _ in range(count):
            self._pause()
            key = b"k%d" % next(numbers)
            begin = time.monotonic()
            master.sendall(b"INCR %s\r\n" % key)
            answer = b"$-1"
            while answer.startswith(b"$-1"):
                replica.sendall(b"GET %s\r\n" % key)
                answer = replica.recv(256)
            took.append(time.monotonic() - begin)
            master.recv(256)
        return Sample(len(took), wall=median(took) * 1000)
