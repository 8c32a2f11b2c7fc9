# SPDX-License-Identifier: Apache-2.0
"""G10: what a rewrite of the map costs, when a ban comes or goes; and what drawing all of it does."""
import hashlib
import os

from clock import Cost
from frame import FLOOR, OURS, Case, Metric, Row, Sample, times

WRITES, WRITES_LARGE = 10, 4  # in one turn of a side, even: every second one leaves out a line, the last one none
LARGE = 1000000


class G10(Row):
    name, title = "G10", "drawing and replacing the map, fsync on"

    def cases(self):
        for count in self.bench.pick((10000, 100000, 1000000), (1000, 10000, 100000), (100, 1000)):
            folder = self.bench.place.folder("map-%d" % count)
            sides = {OURS: lambda: self._written("map_draw", count, os.path.join(folder, "ours")),
                     FLOOR: lambda: self._written("map_floor", count, os.path.join(folder, "floor"))}
            if self.bench.peers:
                sides["sed"] = lambda: self._sed(os.path.join(folder, "floor"), os.path.join(folder, "sed"))
            yield Case("%d bans" % count, sides, [Metric("wall", "wall", "ms", [times(FLOOR, 1.3)]), Metric("cpu", "CPU", "ms"),
                        Metric("draw", "CPU to draw all of it, as at a start", "ms")],
                       size=count)

    def _written(self, tool, count, path):
        writes = WRITES_LARGE if count == LARGE else WRITES
        words = Cost([self.bench.tool(tool), str(count), path, str(writes)]).words()
        return Sample(_lines(path), wall=words["wall_ms"], cpu=words["cpu_ms"], draw=words["draw_ms"])

    @staticmethod
    def _sed(source, path):
        """How the recipe of fail2ban takes an address out: nothing is made durable."""
        with open(source, "rb") as lines, open(path, "wb") as out:
            out.write(lines.read() + b"192.0.2.1\n")
        cost = Cost(["sed", "-i", "/^192\\.0\\.2\\.1$/d", path])
        return Sample(_lines(path), wall=cost.wall_s * 1000, cpu=cost.cpu_s * 1000)


def _lines(path):
    """What tells the entries of a map from others."""
    with open(path, "rb") as file:
        data = file.read()
    if data.startswith(b"#"):
        data = data[data.index(b"\n") + 1:]
    return "%d lines, sha256 %s" % (data.count(b"\n"), hashlib.sha256(data).hexdigest())
