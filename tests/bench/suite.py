#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark suite: ours beside a floor and beside peers, in turn, in the same minutes.

tests/bench/run builds what this needs and calls it; `run --help` has the options.
"""
import argparse
import importlib
import json
import os
import signal
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "..", "cluster")]

import document  # noqa: E402
import frame  # noqa: E402
import machine  # noqa: E402
import table  # noqa: E402
import wait  # noqa: E402
from lab import Lab  # noqa: E402

MODES = ("full", "quick", "tiny")
ROUNDS = (5, 2, 1)


class Bench:
    """What rows need: a private place, programs, how large everything is, and which peers there are."""

    def __init__(self, args, place):
        self.place, self.args = place, args
        self.mode = MODES.index(args.mode)
        self.rounds = args.rounds or ROUNDS[self.mode]
        self.peers = args.mode != "tiny"
        self.crowdsec = args.crowdsec

    def pick(self, full, quick, tiny):
        return (full, quick, tiny)[self.mode]

    def bin(self, name):
        return self.place.path("bin", name)

    def tool(self, name):
        return os.path.join(os.path.abspath(self.args.tools), name)

    @staticmethod
    def tell(text):
        print(text, flush=True)


def rows():
    """All rows in order: one class G... in each file of rows/."""
    found = []
    for name in sorted(os.listdir(os.path.join(here, "rows"))):
        if name.startswith("g") and name.endswith(".py"):
            module = importlib.import_module("rows." + name[:-3])
            found += [value for key, value in vars(module).items() if key[0] == "G" and key[1:].isdigit()]
    return found


def measure(bench, row):
    """One row: (its lines, why it is skipped or None)."""
    lines = []
    try:
        cases = row.cases()
        try:
            for case in cases:
                bench.tell("  %s" % case.what)
                figures, skipped = frame.measure(case, bench.rounds, bench.tell)
                lines += frame.lines(row, case, figures, skipped, judge=bench.args.mode != "tiny")
        finally:
            cases.close()
    except frame.Skip as skip:
        return lines, str(skip)
    return lines, None


def run(bench, wanted):
    """All of them: the report, and whether each row has figures."""
    begin = time.monotonic()
    report = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "mode": MODES[bench.mode],
              "machine": machine.machine(), "versions": machine.versions(bench.bin("bansyncd")), "rows": [], "lines": []}
    good = True
    for kind in wanted:
        begun = time.monotonic()
        bench.tell("%s: %s" % (kind.name, kind.title))
        try:
            lines, skipped = measure(bench, kind(bench))
        except (frame.Wrong, wait.Late, OSError, LookupError, ValueError, AssertionError) as error:
            if bench.args.trace:
                raise
            lines, skipped = [], "it failed: %s: %s" % (type(error).__name__, error)
            good = False
            bench.tell("  FAILED: %s" % error)
            for process in reversed(bench.place.processes[:]):
                bench.place.end(process)
        report["rows"].append({"name": kind.name, "title": kind.title, "skipped": skipped,
                               "seconds": round(time.monotonic() - begun, 1)})
        report["lines"] += lines
        bench.tell("  %.0f s%s" % (time.monotonic() - begun, ", skipped: " + skipped if good and skipped else ""))
    took_s = time.monotonic() - begin
    report["took"] = "%.0f minutes" % (took_s / 60) if took_s >= 120 else "%.0f s" % took_s
    return report, good


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def arguments(names):
    parser = argparse.ArgumentParser(prog="tests/bench/run", allow_abbrev=False, description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help="of %s; default: all" % " ".join(names))
    parser.add_argument("--quick", dest="mode", action="store_const", const="quick", default="full",
                        help="smaller inputs and fewer rounds: 5 minutes instead of 40")
    parser.add_argument("--tiny", dest="mode", action="store_const", const="tiny",
                        help="a hundredth, one round, no peers, no verdict: only shows that every row has figures")
    parser.add_argument("--rounds", type=int, help="of each case that has no number of its own")
    parser.add_argument("--json", metavar="FILE", help="where the report goes")
    parser.add_argument("--publish", metavar="DOCS", help="write benchmarks.json and BENCHMARKS.md into that folder, too")
    parser.add_argument("--trace", action="store_true", help="stop at the first error, with a trace")
    parser.add_argument("--bins", required=True, help="the folder with bansyncd and banctl; run knows it")
    parser.add_argument("--tools", required=True, help="the folder with the floors; run knows it")
    parser.add_argument("--crowdsec", help="an unpacked package of CrowdSec; run knows it")
    args = parser.parse_args()
    for name in args.rows:
        if name not in names:
            parser.error("there is no row %s; there are %s" % (name, " ".join(names)))
    return args


def main():
    os.environ["TZ"] = "UTC"  # logs are written in local time
    time.tzset()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    every = rows()
    args = arguments([row.name for row in every])
    place = Lab(args.bins)
    try:
        report, good = run(Bench(args, place), [row for row in every if not args.rows or row.name in args.rows])
        if place.mistakes():
            good = False
            print(place.mistakes(), file=sys.stderr)
    finally:
        place.close()
    print(table.text(report))
    text = json.dumps(report, indent=1) + "\n"
    if args.json:
        _write(args.json, text)
    if args.publish:
        _write(os.path.join(args.publish, "benchmarks.json"), text)
        _write(os.path.join(args.publish, "BENCHMARKS.md"), document.document(report))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
