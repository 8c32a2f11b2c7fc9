#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scale.py SIMULATE SCALE_MD [--work DIR]: measures what a node costs, and writes the figures into docs/SCALE.md.

SIMULATE is the program as built for release. Each run of it takes seconds to minutes; with --work their outputs are
kept in DIR, and those that are there are not run again. In the page a block of figures lies between two lines
"<!-- scale.py NAME -->" and "<!-- end -->"; whatever is between them is replaced.

Clusters of 3, 30 and 100 nodes are measured, and lines or, for CPU in a mesh, curves fitted to them. Two larger clusters are measured as well, for
which the lines are checked; what is larger still is computed.
"""

import argparse
import pathlib
import re
import subprocess

RUNS = {'scale': ['--scale'], 'mesh': ['--scale', '--nodes', '150'],
        'hubs': ['--scale', '--nodes', '300', '--shape', 'hubs'], 'growth': ['--growth']}
COMPUTED = (300, 1000)
HITS_S = 10  # of load.h
PEERS_MAX = 256  # of limits.h
ALLOWS_MAX = 65536  # of allow.h


def run(name, simulate, work):
    """The output of one run."""
    kept = work / name if work else None
    if kept and kept.exists():
        return kept.read_text()
    text = subprocess.run([simulate] + RUNS[name], stdout=subprocess.PIPE, text=True, check=True).stdout
    if kept:
        kept.write_text(text)
    return text


def read_rows(text):
    """Rows of all tables in it, as dictionaries: a line of words is a head, lines of as many words follow."""
    rows, head = [], []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] in ('nodes', 'differences'):
            head = words
        elif head and len(words) == len(head) and words[0].isdigit():
            rows.append({key: float(word) if re.fullmatch(r'-?[\d.]+', word) else word
                         for key, word in zip(head, words)})
    return rows


class Line:
    """y = at0 + slope * x through measured points; of more than two the sum of squares is least, relative to y."""

    def __init__(self, points):
        weights = [1 / (y * y) for _, y in points]
        total = sum(weights)
        mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
        mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
        self.slope = (sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points)) /
                      sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points)))
        self.at0 = mean_y - self.slope * mean_x

    def __call__(self, x):
        return self.at0 + self.slope * x


class Curve:
    """y = at0 + slope * x + square * x * x through three points."""

    def __init__(self, points):
        (x0, y0), (x1, y1), (x2, y2) = points
        first, second = (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1)
        self.square = (second - first) / (x2 - x0)
        self.slope = first - self.square * (x0 + x1)
        self.at0 = y0 - self.slope * x0 - self.square * x0 * x0

    def __call__(self, x):
        return self.at0 + self.slope * x + self.square * x * x


def pick(rows, **wanted):
    """The one row that has these values."""
    found = [row for row in rows if all(row.get(key) == value for key, value in wanted.items())]
    assert len(found) == 1, (wanted, found)
    return found[0]


def hubs_of(nodes):
    """As cluster_hubs of tests/sim/cluster.c."""
    hubs = 3
    while 4 * hubs * hubs < nodes:
        hubs += 1
    return hubs


class Model:
    """What was fitted, and what follows for a cluster of any size."""

    def __init__(self, rows):
        mesh = {n: {phase: pick(rows, nodes=n, shape='mesh', phase=phase) for phase in ('quiet', 'mail')}
                for n in (3, 30, 100)}
        hubs = {(n, role): pick(rows, nodes=n, shape='hubs', role=role, phase='mail')
                for n in (30, 100) for role in ('hub', 'node')}
        self.ping = mesh[100]['quiet']['ping-out'] / 99
        self.frame = Line([(n, mesh[n]['mail']['news-out'] * n / (n - 1) / HITS_S) for n in (30, 100)])
        self.quiet = Curve([(n - 1, mesh[n]['quiet']['cpu-med']) for n in (3, 30, 100)])
        self.memory = Line([(n * n, pick(rows, nodes=n, shape='mesh', phase=None)['memory-B']) for n in (3, 100)])
        listed = self.frame(hubs[100, 'hub']['peers'] + 1)
        self.copies = hubs[100, 'node']['news-in'] / listed / HITS_S
        self.told = hubs[100, 'hub']['news-out'] / listed / HITS_S / hubs[100, 'hub']['peers']
        self.hub = Line([(hubs[n, 'hub']['news-out'], hubs[n, 'hub']['cpu-med']) for n in (30, 100)])
        self.leaf = Line([(hubs[n, 'node']['news-in'], hubs[n, 'node']['cpu-med']) for n in (30, 100)])

    def cost_mesh(self, nodes):
        """Bytes of a node, leases, memory, under the mail of load.h; CPU while it is quiet: what mail adds is no line."""
        leases = nodes * nodes
        return {'peers': nodes - 1, 'out': self.ping * (nodes - 1) + HITS_S * (nodes - 1) / nodes * self.frame(nodes),
                'in': self.ping * (nodes - 1) + HITS_S * (nodes - 1) / nodes * self.frame(nodes),
                'cpu': self.quiet(nodes - 1), 'leases': leases, 'memory': self.memory(leases)}

    def cost_hubs(self, nodes, role):
        """The same of a hub, or of a node beside them. The bytes into a hub are few and left out."""
        hubs = hubs_of(nodes)
        peers = hubs - 1 + -(-2 * (nodes - hubs) // hubs)
        listed = self.frame(peers + 1)
        leases = hubs * (peers + 1) + 3 * (nodes - hubs)
        news = HITS_S * (self.told * peers if role == 'hub' else self.copies) * listed
        cost = {'peers': peers if role == 'hub' else 2, 'leases': leases, 'memory': self.memory(leases)}
        if role == 'hub':
            return cost | {'out': self.ping * peers + news, 'in': None, 'cpu': self.hub(news)}
        return cost | {'out': None, 'in': 2 * self.ping + news, 'cpu': self.leaf(news)}


def table(head, rows):
    """Markdown."""
    lines = ['| ' + ' | '.join(row) + ' |' for row in [head] + rows]
    return '\n'.join([lines[0], '|' + '---|' * len(head)] + lines[1:])


def kb(value):
    return '-' if value is None else f'{value / 1000:,.1f}'


def print_measured(rows):
    costs = table(['nodes', 'shape', 'role', 'peers', '', 'messages out, in', 'kB out', 'kB in', 'of it PING',
                   'CPU us, median', 'busiest'],
                  [[f'{r["nodes"]:.0f}', r['shape'], r['role'], f'{r["peers"]:.0f}', r['phase'],
                    f'{r["msg-out"]:,.0f}, {r["msg-in"]:,.0f}', kb(r['B-out']), kb(r['B-in']), kb(r['ping-in']),
                    f'{r["cpu-med"]:,.0f}', f'{r["cpu-max"]:,.0f}'] for r in rows if 'phase' in r])
    whole = table(['nodes', 'shape', 'ban everywhere', 'back after a minute', 'repaired with', 'blank node joins',
                   'with', 'its CPU', 'leases', 'memory'],
                  [[f'{r["nodes"]:.0f}', r['shape'], f'{r["ban-ms"]:.0f} ms', f'{r["heal-ms"]:,.0f} ms',
                    kb(r['heal-B']) + ' kB', f'{r["join-ms"]:,.0f} ms', kb(r['join-B']) + ' kB',
                    f'{r["join-cpu"] / 1000:,.0f} ms', f'{r["leases"]:,.0f}', f'{r["memory-B"] / 1e6:,.1f} MB']
                   for r in rows if 'ban-ms' in r])
    return costs + '\n\n' + whole


def print_formulas(model):
    def line(fit, unit, scale=1):
        square = f' + {fit.square:.4f} {unit} squared' if isinstance(fit, Curve) else ''
        return f'{fit.at0:,.0f} + {fit.slope * scale:.2f} {unit}{square}'

    return '\n'.join([
        f'- a PING a second to each peer: {model.ping:.0f} bytes',
        f'- a push, one hit: {line(model.frame, "x the nodes that it names")} bytes',
        f'- mesh: out and in {model.ping:.0f} x peers + hits/s x (N-1)/N x push(N); CPU quiet '
        f'{line(model.quiet, "x peers")} us',
        f'- hubs: out of a hub {model.ping:.0f} x peers + hits/s x {model.told:.2f} x peers x push(peers + 1), into '
        f'another node {2 * model.ping:.0f} + hits/s x {model.copies:.2f} x push(peers of a hub + 1)',
        f'- CPU with mail: hub {line(model.hub, "x kB out", 1000)} us, another node '
        f'{line(model.leaf, "x kB in", 1000)} us',
        f'- memory: {model.memory.at0 / 1e6:.1f} MB + {model.memory.slope:.0f} bytes x leases'])


def print_check(model, rows):
    mesh = pick(rows, nodes=150, shape='mesh', phase='mail')
    quiet = pick(rows, nodes=150, shape='mesh', phase='quiet')
    hub = pick(rows, nodes=300, shape='hubs', role='hub', phase='mail')
    node = pick(rows, nodes=300, shape='hubs', role='node', phase='mail')
    wanted = [('mesh 150: kB out', model.cost_mesh(150)['out'] / 1000, mesh['B-out'] / 1000),
              ('mesh 150: CPU us, quiet', model.cost_mesh(150)['cpu'], quiet['cpu-med']),
              ('mesh 150: memory MB', model.cost_mesh(150)['memory'] / 1e6,
               pick(rows, nodes=150, shape='mesh', phase=None)['memory-B'] / 1e6),
              ('hubs 300, hub: kB out', model.cost_hubs(300, 'hub')['out'] / 1000, hub['B-out'] / 1000),
              ('hubs 300, hub: CPU us', model.cost_hubs(300, 'hub')['cpu'], hub['cpu-med']),
              ('hubs 300, node: kB in', model.cost_hubs(300, 'node')['in'] / 1000, node['B-in'] / 1000),
              ('hubs 300, node: CPU us', model.cost_hubs(300, 'node')['cpu'], node['cpu-med'])]
    return table(['', 'computed', 'measured', 'off by'],
                 [[what, f'{computed:,.1f}', f'{measured:,.1f}', f'{(computed / measured - 1) * 100:+.0f} %']
                  for what, computed, measured in wanted])


def print_computed(model):
    rows = []
    for nodes in COMPUTED:
        allowed = nodes - 1 <= PEERS_MAX and nodes * nodes <= ALLOWS_MAX
        for role, cost in (('mesh' if allowed else 'mesh (not allowed)', model.cost_mesh(nodes)),
                           (f'one of {hubs_of(nodes)} hubs', model.cost_hubs(nodes, 'hub')),
                           ('node at two hubs', model.cost_hubs(nodes, 'node'))):
            quiet = ' (quiet)' if role.startswith('mesh') else ''
            rows.append([f'{nodes:,}', role, f'{cost["peers"]:,}', kb(cost['out']), kb(cost['in']),
                         f'{cost["cpu"]:,.0f}{quiet}', f'{cost["leases"]:,}', f'{cost["memory"] / 1e6:,.1f} MB'])
    return table(['nodes', 'role', 'peers', 'kB out', 'kB in', 'CPU us', 'leases', 'memory'], rows)


def print_growth(rows):
    return table(['differences', 'frames', 'bytes', 'bytes each', 'demanded at most', 'whole transfer'],
                 [[f'{r["differences"]:,.0f}', f'{r["frames"]:,.0f}', f'{r["bytes"]:,.0f}', f'{r["B-each"]:,.0f}',
                   f'{350 * r["differences"] + 65536 if r["differences"] else 0:,.0f}', f'{r["whole-B"]:,.0f}']
                  for r in rows])


def print_machine(rows):
    model = re.search(r'^model name\s*: (.*)$', pathlib.Path('/proc/cpuinfo').read_text(), re.M)
    return (f'Release build, one thread on {model.group(1) if model else "an unnamed CPU"}; '
            f'{len(rows)} rows of `simulate --scale` and `--growth`.')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('simulate')
    parser.add_argument('page', type=pathlib.Path)
    parser.add_argument('--work', type=pathlib.Path)
    options = parser.parse_args()

    rows = {name: read_rows(run(name, options.simulate, options.work)) for name in RUNS}
    model = Model(rows['scale'])
    every = rows['scale'] + rows['mesh'] + rows['hubs']
    blocks = {'machine': print_machine(every + rows['growth']), 'measured': print_measured(every),
              'formulas': print_formulas(model), 'check': print_check(model, every),
              'computed': print_computed(model), 'growth': print_growth(rows['growth'])}
    page = options.page.read_text()
    for name, text in blocks.items():
        page, count = re.subn(rf'(<!-- scale\.py {name} -->\n).*?(<!-- end -->)',
                              lambda found, text=text: f'{found.group(1)}{text}\n{found.group(2)}', page, flags=re.S)
        assert count == 1, f'{options.page}: no block {name}'
    options.page.write_text(page)


if __name__ == '__main__':
    main()
