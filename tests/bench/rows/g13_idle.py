# SPDX-License-Identifier: Apache-2.0
"""G13: what agents cost while nothing happens."""
import contextlib
import os
import time

import wait
from frame import OURS, Case, Metric, Row, Sample, at_most
from team import team


class G13(Row):
    name, title = "G13", "idle agents, three of them, with bans"

    def cases(self):
        bans, seconds = self.bench.pick((10000, 60), (10000, 20), (100, 1))
        with contextlib.ExitStack() as stack:
            agents = team(self.bench, stack, "idle", 3, bans)
            yield Case("three agents with %d bans" % bans, {OURS: lambda: self._idle(agents, seconds)}, [
                Metric("cpu", "of a core, each", "%", [at_most(0.2, "%")]),
                Metric("memory", "resident, the largest", "MiB", [at_most(16, "MiB")])], due=3 * bans, rounds=1)

    @staticmethod
    def _idle(agents, seconds):
        """The work is to keep the maps as they are."""
        maps = [os.stat(agent.map).st_ino for agent in agents]
        begin, used = time.monotonic(), sum(agent.cpu_s() for agent in agents)
        wait.until("time passes", lambda: time.monotonic() > begin + seconds, seconds + 60)
        cpu = (sum(agent.cpu_s() for agent in agents) - used) / (time.monotonic() - begin) / len(agents)
        kept = [agent for agent, inode in zip(agents, maps) if os.stat(agent.map).st_ino == inode]
        return Sample(sum(len(agent.banned()) for agent in kept), cpu=cpu * 100,
                      memory=max(agent.rss_kb() for agent in agents) / 1024)
