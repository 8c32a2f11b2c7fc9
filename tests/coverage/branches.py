#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""branches.py REPORT SOURCE_DIR [REASONS]: which branches of core, wire and node the tests never take, and why.

REPORT is what gcovr --json --no-markers wrote. Of each file: its branches, those taken, and the share; then each branch that was
never taken with its reason. Branches of assertions (static ones, and those over several lines too) are left out and
counted; nothing else is. A branch is one that gcc 12 makes at -O0: a condition has two, a switch one a case.

REASONS (default: reasons.txt beside this script) has an entry for each line of the source with such a branch:

    FILE FUNCTION BRANCHES: SOURCE TEXT
        the reason, on one or more lines that begin with a blank

BRANCHES are their numbers as printed here, "1" or "2,4"; SOURCE TEXT is the line without the blanks around it. There
are no line numbers, as those change. Of equal lines in one function an entry is for all. Empty lines and lines that
begin with # say nothing.

It fails (exit code 1) if a branch has no reason, if a reason fits no branch, if a .c file is not in the report, and if
less than 95 % of all branches were taken.
"""

import json
import pathlib
import re
import sys

RINGS = ('core', 'wire', 'node')
SHARE_MIN = 95
ENTRY = re.compile(r'(\S+) (\w+) (\d+(?:,\d+)*): (.+)')
ASSERTION = re.compile(r'\s*(static_assert|_Static_assert|assert)\s*\(')
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')


def assertion_lines(source):
    """The numbers of the lines that an assertion begins or goes on in."""
    numbers, depth = set(), 0
    for number, line in enumerate(source, 1):
        if depth > 0 or ASSERTION.match(line):
            bare = QUOTED.sub('', line)
            depth += bare.count('(') - bare.count(')')
            numbers.add(number)
    return numbers


class File:
    """What the report tells of one file."""

    def __init__(self, report, source):
        self.name = report['file']
        self.source = (source / self.name).read_text().splitlines()
        self.functions = sorted((function['lineno'], function['name']) for function in report['functions'])
        self.branches = self.asserted = 0
        self.missing = []  # (line number, branch number, branches of the line)
        assertions = assertion_lines(self.source)
        for line in report['lines']:
            number, branches = line['line_number'], line['branches']
            if number in assertions:
                self.asserted += len(branches)
                continue
            self.branches += len(branches)
            self.missing += [(number, index, len(branches))
                             for index, branch in enumerate(branches, 1) if branch['count'] == 0]

    def ring(self):
        return self.name.split('/')[1]

    def taken(self):
        return self.branches - len(self.missing)

    def text(self, number):
        return self.source[number - 1].strip()

    def function(self, number):
        return [name for line, name in self.functions if line <= number][-1]


def read_reasons(path):
    """{(file, function, branch, text): reason}; and the mistakes of the list."""
    reasons, mistakes, keys = {}, [], []
    for number, line in enumerate(path.read_text().splitlines() if path.exists() else [], 1):
        if not line.strip() or line.startswith('#'):
            continue
        if line[0].isspace():
            for key in keys:
                reasons[key] = f'{reasons[key]} {line.strip()}'.strip()
            continue
        entry = ENTRY.fullmatch(line.rstrip())
        if entry is None:
            mistakes.append(f'{path.name}:{number}: not "FILE FUNCTION BRANCHES: SOURCE TEXT": {line}')
            continue
        name, function, branches, text = entry.groups()
        keys = [(name, function, int(branch), text) for branch in branches.split(',')]
        mistakes += [f'{path.name}:{number}: twice: {line}' for key in keys if key in reasons]
        reasons.update((key, '') for key in keys)
    mistakes += [f'{path.name}: an entry without a reason: {key[0]}: {key[3]}'
                 for key, reason in reasons.items() if not reason]
    return reasons, mistakes


def row(name, branches, taken):
    share = f'{100 * taken / branches:6.1f}' if branches else '     -'
    print(f'{name:32}{branches:9}{taken:7}{branches - taken:9} {share}')


def print_table(files):
    print(f'{"":32}{"branches":>9}{"taken":>7}{"missing":>9}      %')
    for ring in RINGS:
        group = [file for file in files if file.ring() == ring]
        for file in group:
            row(file.name, file.branches, file.taken())
        row(f'{ring}, all files', sum(file.branches for file in group), sum(file.taken() for file in group))
        print()
    row('all', sum(file.branches for file in files), sum(file.taken() for file in files))
    print(f'left out: {sum(file.asserted for file in files)} branches of assertions\n')


def print_missing(files, reasons):
    """Lists the missing branches; returns those without a reason and the reasons that were not used."""
    unused, bare = set(reasons), []
    print('never taken:')
    for file in files:
        for number, branch, count in file.missing:
            key = (file.name, file.function(number), branch, file.text(number))
            where = f'{file.name}:{number}: branch {branch} of {count}: {file.text(number)}'
            unused.discard(key)
            if key not in reasons:
                bare.append(f'no reason: {where} [{file.function(number)} {branch}]')
            print(f'{where}\n    {reasons.get(key, "NO REASON")}')
    print()
    return bare, sorted(unused)


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    report, source = json.loads(pathlib.Path(arguments[0]).read_text()), pathlib.Path(arguments[1])
    path = pathlib.Path(arguments[2]) if len(arguments) > 2 else pathlib.Path(__file__).with_name('reasons.txt')
    reasons, mistakes = read_reasons(path)
    files = sorted((File(entry, source) for entry in report['files']
                    if re.fullmatch(f'agent/({"|".join(RINGS)})/[^/]+', entry['file'])), key=lambda file: file.name)

    print_table(files)
    bare, unused = print_missing(files, reasons)
    mistakes += bare
    mistakes += [f'fits no branch that was never taken: {name} {function} {branch}: {text}'
                 for name, function, branch, text in unused]
    known = {file.name for file in files}
    mistakes += [f'not in the report: {found.relative_to(source)}' for ring in RINGS
                 for found in sorted((source / 'agent' / ring).glob('*.c'))
                 if str(found.relative_to(source)) not in known]
    branches, taken = sum(file.branches for file in files), sum(file.taken() for file in files)
    if 100 * taken < SHARE_MIN * branches or branches == 0:
        mistakes.append(f'{taken} of {branches} branches is under {SHARE_MIN} %')
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    print(f'{taken} of {branches} branches taken ({100 * taken / max(branches, 1):.2f} %), '
          f'{branches - taken} missing, {len(bare)} of them without a reason')
    return 1 if mistakes else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
