# SPDX-License-Identifier: Apache-2.0
"""G14: how fast the simulator of the shipped core, wire and node is."""
import re

from clock import Cost
from frame import OURS, Case, Metric, Row, Sample, at_least

REPORT = re.compile(r"(\d+) seeds, (\d+) failed;.*\n.*\n.* s of CPU: (\d+) seeds/s, (\d+) times real time")


class G14(Row):
    name, title = "G14", "the simulator of the shipped core, wire and node"

    def cases(self):
        seeds = self.bench.pick(1000, 200, 10)
        yield Case("%d seeds" % seeds, {OURS: lambda: self._simulated(seeds)}, [
            Metric("seeds", "seeds a second of a core", "/s", [at_least(200, "/s")], more=True),
            Metric("times", "times real time", "x", [at_least(10000, "x real time")], more=True)], due=(seeds, 0))

    def _simulated(self, seeds):
        match = REPORT.search(Cost([self.bench.args.bins + "/simulate", "--seeds", str(seeds)]).text())
        if not match:
            raise OSError("simulate does not tell how fast it is")
        return Sample((int(match.group(1)), int(match.group(2))), seeds=int(match.group(3)), times=int(match.group(4)))
