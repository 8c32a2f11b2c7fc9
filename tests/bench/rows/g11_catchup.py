# SPDX-License-Identifier: Apache-2.0
"""G11: what it takes to catch up after an absence that is longer than any buffer."""
import contextlib
import itertools
import os
import shutil
import time

import filled
import wait
from frame import OURS, Case, Demand, Metric, Row, Sample, Skip, at_most
from hosts import HostMember, hosts
from peers import redis

CONSTANT_BYTES, BYTES_EACH = 65536, 350
SECONDS = {1000: 0.2, 1000000: 3}
SOME = 100
LARGE, SMALL = "512mb", "16kb"  # backlog of Redis: it holds all that was missed, or nothing of it

_number = itertools.count(1)


def _each(count):
    return Demand("at most {} B a difference and 64 KiB", lambda of: (of[OURS] - CONSTANT_BYTES) / count, BYTES_EACH)


class G11(Row):
    name, title = "G11", "catching up after an absence of any length"

    def cases(self):
        base = self.bench.pick(1000000, 100000, 2000)
        with contextlib.ExitStack() as stack:
            world = hosts(stack, 2)
            self.near, self.far = (HostMember(self.bench.place, world, host) for host in (1, 2))
            for agent in (self.near, self.far):
                agent.configure(self.bench.place.write("", agent.name, "log"), [self.near, self.far])
            filled.fill(self.bench, self.near, 0, base)
            base_files = self._save()
            for count in self.bench.pick((1000, 10000, 100000, 1000000), (1000, 10000), (100, 1000)):
                yield self._case(world, base, base_files, count)

    def _case(self, world, base, base_files, count):
        self.near.take(base_files)
        filled.fill(self.bench, self.near, base, count)
        near_files = self._save()
        some = filled.addresses(self.bench, base, count).decode().split()[::max(1, count // SOME)]
        sides = {OURS: lambda: self._ours(base_files, near_files, some, base + count)}
        if self.bench.peers:
            sides["redis partial"] = lambda: self._redis(world, LARGE, base, count)
            sides["redis full"] = lambda: self._redis(world, SMALL, base, count)
        bound = SECONDS.get(count)
        return Case("%d differences on %d" % (count, base), sides, [
            Metric("bytes", "bytes on the wire, both ways", "B", [_each(count)]),
            Metric("wall", "from the link up until both are the same", "s", [at_most(bound, "s")] if bound else [])],
            due=base + count, size=count, rounds=self.bench.pick(2, 1, 1))

    def _save(self):
        """A copy of the database of the near one, which does not run."""
        folder = self.bench.place.path("saved-%d" % next(_number))
        shutil.copytree(os.path.join(self.near.home, "state"), folder)
        return folder

    def _ours(self, base_files, near_files, some, due):
        """some: of the differences so many that when they are there the others soon are; to count all is dear for the agent."""
        with contextlib.ExitStack() as stack:
            for agent, files in ((self.near, near_files), (self.far, base_files)):
                agent.take(files)
            filled.start(self.near)
            stack.callback(self.near.stop)
            before = self.far.kernel_bytes()
            filled.start(self.far)
            stack.callback(self.far.stop)
            control = self.far.control()
            stack.callback(control.close)
            wait.until("they are linked", lambda: control.items("peers")[0]["state"] == "up", 60)
            begin = time.monotonic()
            wait.until("some is there", lambda: all(item["banned"] for item in control.items("check", targets=some)), 120)
            wait.until("all is there", lambda: _bans(control) >= due, 120)
            took = time.monotonic() - begin
            return Sample(_bans(control), bytes=self.far.kernel_bytes() - before, wall=took)

    def _redis(self, world, backlog, base, count):
        """A set with the base on two hosts, the cable pulled, the differences on one of them, and the cable back."""
        place, name = self.bench.place, "catchup-redis-%d" % next(_number)
        with contextlib.ExitStack() as stack:
            servers = []
            for host, words in ((1, ["--repl-diskless-sync-delay", "0", "--repl-backlog-size", backlog]),
                                (2, ["--replicaof", world.address(1), "6379", "--repl-timeout", "5"])):
                servers.append(redis.Server(place, "%s-%d" % (name, host), words=words, wrap=world.command(host, []),
                                            address=(world.address(host), 6379)))
                stack.callback(servers[-1].stop)
            near, far = servers
            self._add(near, name, 0, base)
            wait.until("both have the base", lambda: far.ask("SCARD", "b") == str(base), 120)
            world.pull(2)
            stack.callback(world.plug, 2)
            near.ask("CLIENT", "KILL", "TYPE", "replica")
            wait.until("the replica is down", lambda: "master_link_status:down" in far.ask("INFO", "replication"), 60)
            self._add(near, name, base, count)
            full, before = near.info("stats", "sync_full"), world.kernel_bytes(2)
            world.plug(2)
            wait.until("they are linked", lambda: "master_link_status:up" in (text := far.ask("INFO", "replication")) or
                       "master_sync_in_progress:1" in text, 60)
            begin = time.monotonic()
            wait.until("all is there", lambda: far.ask("SCARD", "b") == str(base + count), 120)
            took = time.monotonic() - begin
            if (near.info("stats", "sync_full") > full) != (backlog == SMALL):
                raise Skip("it synchronized in another way than this backlog is for")
            return Sample(base + count, bytes=world.kernel_bytes(2) - before, wall=took)

    def _add(self, server, name, first, count):
        path = self.bench.place.path(name)
        with open(path, "wb") as file:
            file.write(filled.addresses(self.bench, first, count, "SADD b "))
        server.pipe(path)
        os.remove(path)


def _bans(control):
    return sum(control.ask("status")["bans"].values())
