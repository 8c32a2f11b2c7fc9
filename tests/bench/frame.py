# SPDX-License-Identifier: Apache-2.0
"""What a row of the suite consists of.

A row yields cases. A case has sides (ours, a floor, peers) that do the same work in turn, round after round; each turn
of a side is a Sample: figures, and what work was done. Of the figures the median, least and most are told, and what is
demanded is judged by the medians alone (by means where a metric says so). A case whose sides did not do the same work has no figures: it is an error.
"""
import math
import statistics
import subprocess

import wait

OURS, FLOOR = "ours", "floor"


class Skip(Exception):
    """A side, or a whole row, cannot be measured here; says why in one line."""


class Wrong(Exception):
    """The sides did not do the same work, or not what was due."""


def side(make, turn):
    """A side whose program has to be started first: make() starts it, turn(program) takes a turn. If it cannot be started
    here the side is one that is skipped."""
    try:
        program = make()
    except Skip as skip:
        why = str(skip)

        def skipped():
            raise Skip(why)
        return skipped
    return lambda: turn(program)


class Sample:
    """One turn of one side. work: what was done, equal on all sides; figures: by the key of a metric."""

    def __init__(self, work, **figures):
        self.work, self.figures = work, figures


class Figure:
    """A figure of a side over all rounds."""

    def __init__(self, values):
        self.values = list(values)

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def mean(self):
        return statistics.fmean(self.values)

    def document(self, middle):
        return {"middle": getattr(self, middle), "min": min(self.values), "max": max(self.values), "rounds": len(self.values)}


class Demand:
    """A bound on one number that is made of the middles of the sides."""

    def __init__(self, text, number, bound, most=True):
        """text: with {} for the bound; number(middles) may raise KeyError: then a side is missing and nothing is judged."""
        self.text, self.number, self.bound, self.most = text.format("%g" % bound), number, bound, most

    def document(self, middles):
        try:
            figure = self.number(middles)
        except (KeyError, ZeroDivisionError):
            return {"demand": self.text, "figure": None, "bound": self.bound, "holds": None}
        holds = figure <= self.bound if self.most else figure >= self.bound
        return {"demand": self.text, "figure": figure, "bound": self.bound, "holds": holds}


def times(side, bound):
    """Ours is at most that many times what the side needs."""
    return Demand("at most {} x %s" % side, lambda of: of[OURS] / of[side], bound)


def ahead(side, bound):
    """The side needs at least that many times what ours does."""
    return Demand("%s at least {} x ours" % side, lambda of: of[side] / of[OURS], bound, most=False)


def at_most(bound, unit):
    return Demand("at most {} %s" % unit, lambda of: of[OURS], bound)


def at_least(bound, unit):
    return Demand("at least {} %s" % unit, lambda of: of[OURS], bound, most=False)


class Metric:
    """One number that sides are compared by. more: larger is better; middle: median, or mean of what is counted in large
    grains; demands: see Demand."""

    def __init__(self, key, what, unit, demands=(), more=False, middle="median"):
        self.key, self.what, self.unit, self.demands, self.more, self.middle = key, what, unit, tuple(demands), more, middle


class Case:
    """Sides that do the same work, and the metrics they are compared by.

    sides: by name, each without arguments to a Sample; due: the work that each of them must have done; size: of the
    input, where a row has several, for the growth; agree(works): instead of plain equality, raises Wrong.
    """

    def __init__(self, what, sides, metrics, due=None, size=None, rounds=None, agree=None):
        self.what, self.sides, self.metrics, self.due, self.size = what, sides, metrics, due, size
        self.rounds, self.agree = rounds, agree or self._equal

    def _equal(self, works):
        for name, work in works.items():
            due = self.due if self.due is not None else next(iter(works.values()))
            if work != due:
                raise Wrong("%s: %s did %s, due is %s" % (self.what, name, _short(work), _short(due)))


def _short(work):
    text = repr(work)
    return text if len(text) < 300 else "%s... (%d characters)" % (text[:300], len(text))


class Row:
    """One row of design section 13. A subclass has a name (G1), a title and cases()."""

    name = title = ""

    def __init__(self, bench):
        self.bench = bench

    def cases(self):
        """A generator: what a case needs is made before it is yielded, and ended behind it."""
        raise NotImplementedError


def peer_turn(side):
    """A turn of a peer, whose troubles are not ours: it is left out then."""
    try:
        return side()
    except (wait.Late, OSError, subprocess.SubprocessError) as error:
        raise Skip("it failed: %s" % " ".join(str(error).split())[:200]) from None


def measure(case, rounds, tell):
    """Takes the turns; returns (figures by side and key, reasons of what was skipped by side)."""
    values, skipped = {}, {}
    sides = dict(case.sides)
    for _ in range(case.rounds or rounds):
        works = {}
        for name, side in list(sides.items()):
            try:
                sample = side() if name in (OURS, FLOOR) else peer_turn(side)
            except Skip as skip:
                del sides[name]
                if name not in values:  # else it has turns enough
                    skipped[name] = str(skip)
                    tell("  %s is skipped: %s" % (name, skip))
                continue
            works[name] = sample.work
            for key, value in sample.figures.items():
                values.setdefault(name, {}).setdefault(key, []).append(value)
        if OURS not in works:
            raise Wrong("%s: nothing of ours was measured" % case.what)
        case.agree(works)
    return {name: {key: Figure(list_) for key, list_ in keys.items()} for name, keys in values.items()}, skipped


def lines(row, case, figures, skipped, judge=True):
    """The lines of the report that a case gives: one a metric. judge: with what is demanded."""
    for metric in case.metrics:
        sides = {name: keys[metric.key] for name, keys in figures.items() if metric.key in keys}
        if OURS not in sides:
            raise Wrong("%s: no figure of %s" % (case.what, metric.what))
        middles = {name: getattr(figure, metric.middle) for name, figure in sides.items()}
        if not all(math.isfinite(middle) for middle in middles.values()):
            raise Wrong("%s: %s is no number" % (case.what, metric.what))
        yield {"row": row.name, "case": case.what, "what": metric.what, "unit": metric.unit, "size": case.size,
               "more": metric.more, "sides": {name: figure.document(metric.middle) for name, figure in sides.items()},
               "skipped": skipped, "demands": [demand.document(middles) for demand in metric.demands if judge]}
