# SPDX-License-Identifier: Apache-2.0
"""The table of a report, as text and as Markdown, and how figures grow with the size of the input."""
import math

HEADER = ("row", "what", "ours", "floor", "best peer", "ours / floor", "peer / ours", "demand", "holds")
ABOVE = {True: "yes", False: "NO", None: "-"}


def number(value):
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(math.floor(math.log10(abs(value)))))
    return ("{:,.%df}" % digits).format(value)


def spread(side, unit):
    """Middle, and least to most if there was more than one round."""
    text = "%s %s" % (number(side["middle"]), unit)
    if side["rounds"] > 1:
        text += " (%s to %s)" % (number(side["min"]), number(side["max"]))
    return text


def best_peer(line):
    """Name of the peer with the best figure, None if there is none."""
    peers = {name: side["middle"] for name, side in line["sides"].items() if name not in ("ours", "floor")}
    return (max if line["more"] else min)(peers, key=peers.get) if peers else None


def ratio(line, over, under):
    sides = line["sides"]
    if over not in sides or under not in sides or not sides[under]["middle"]:
        return "-"
    return number(sides[over]["middle"] / sides[under]["middle"])


def cells(line):
    """The rows of the table for one line of the report: further demands have rows of their own."""
    sides, unit, peer = line["sides"], line["unit"], best_peer(line)
    head = [line["row"], "%s: %s" % (line["case"], line["what"]), spread(sides["ours"], unit),
            spread(sides["floor"], unit) if "floor" in sides else "-",
            "%s %s" % (peer, spread(sides[peer], unit)) if peer else "-",
            ratio(line, "ours", "floor"), ratio(line, peer, "ours") if peer else "-"]
    rows = [[demand["demand"] + ("" if demand["figure"] is None else ": %s" % number(demand["figure"])),
             ABOVE[demand["holds"]]] for demand in line["demands"]] or [["-", "-"]]
    return [head + rows[0]] + [[""] * len(head) + row for row in rows[1:]]


def text(report):
    """The table for a terminal."""
    rows = [list(HEADER)] + [row for line in report["lines"] for row in cells(line)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def markdown(header, rows):
    yield "| %s |" % " | ".join(header)
    yield "|%s" % ("---|" * len(header))
    for row in rows:
        yield "| %s |" % " | ".join(cell.replace("|", "\\|") for cell in row)


def exponent(small, large, side):
    """How a side grows from one size to the next: its time goes with size to this power."""
    return (math.log(large["sides"][side]["middle"] / small["sides"][side]["middle"]) /
            math.log(large["size"] / small["size"]))


def growth(report):
    """Rows (row, what, side, figures by size, exponent of the last step) of what was measured at several sizes."""
    families = {}
    for line in report["lines"]:
        if line["size"]:
            families.setdefault((line["row"], line["what"], line["unit"]), []).append(line)
    for (row, what, unit), family in families.items():
        family.sort(key=lambda line: line["size"])
        if len(family) < 2:
            continue
        for side in family[-1]["sides"]:
            steps = [line for line in family if side in line["sides"] and line["sides"][side]["middle"] > 0]
            if len(steps) < 2:
                continue
            yield [row, what, side, ", ".join("%s: %s" % (number(line["size"]), number(line["sides"][side]["middle"]))
                                              for line in steps) + " " + unit,
                   ", ".join("%.2f" % exponent(*pair, side) for pair in zip(steps, steps[1:]))]
