# SPDX-License-Identifier: Apache-2.0
"""docs/BENCHMARKS.md, made of a report and of nothing else.

usage: document.py REPORT.json >docs/BENCHMARKS.md
"""
import json
import sys

import table

INTRODUCTION = """# Benchmarks

Made by `tests/bench/run` from [benchmarks.json](benchmarks.json); not written by hand. How to run it again, and how to
read it: [DESIGN.md](DESIGN.md), section 13.

Each figure is the median of the rounds, with the least and the most behind it. The sides of a row are measured in turn, in the
same minutes, on the same machine: only the ratios say something about other machines. A floor is the least that a
program in C can do for the same result; a peer is another program that does the job. Each side must have done the same work
(the same bans, entries, bytes of the map) before a figure counts. `NO` is a demand that does not hold, `-` one that could not be judged.
"""


def document(report):
    out = [INTRODUCTION]
    out.append("**Machine.** %s, %s, Linux %s, load %s at the beginning. **Date.** %s; %s run, %s." % (
        report["machine"]["processor"], report["machine"]["memory"], report["machine"]["kernel"],
        report["machine"]["load"], report["date"], report["mode"], report["took"]))
    out.append("**Versions.** %s.\n" % ", ".join("%s %s" % pair for pair in report["versions"].items()))
    judged = [demand["holds"] for line in report["lines"] for demand in line["demands"]]
    out.append("%d demands: %d hold, %d do not, %d could not be judged.\n" % (
        len(judged), judged.count(True), judged.count(False), judged.count(None)))
    for row in report["rows"]:
        out.append("## %s: %s\n" % (row["name"], row["title"]))
        if row.get("skipped"):
            out.append("Skipped: %s.\n" % row["skipped"])
        lines = [line for line in report["lines"] if line["row"] == row["name"]]
        if lines:
            out += table.markdown(table.HEADER[1:], [cells[1:] for line in lines for cells in table.cells(line)])
            out.append("")
            out += _others(lines)
    grown = list(table.growth(report))
    if grown:
        out.append("## Growth\n\nWhere a row was measured in steps of ten, a figure goes with the size to the power of the exponent: 1 is "
                   "in proportion, 0 is not at all.\n")
        out += table.markdown(("row", "what", "side", "figure by size", "exponent of each step"), grown)
        out.append("")
    return "\n".join(out)


def _others(lines):
    """All peers, where there was more than the best; and who was left out."""
    out = []
    for line in lines:
        peers = [name for name in line["sides"] if name not in ("ours", "floor")]
        if len(peers) > 1:
            out.append("- %s: %s: %s" % (line["case"], line["what"], "; ".join(
                "%s %s" % (name, table.spread(line["sides"][name], line["unit"])) for name in peers)))
    for name, why in sorted({pair for line in lines for pair in line["skipped"].items()}):
        out.append("- %s was left out: %s" % (name, why))
    return out + [""] if out else []


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(document(json.load(file)))
