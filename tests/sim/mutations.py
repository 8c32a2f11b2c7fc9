#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutations.py SIM_BUILD_DIR SOURCE_DIR [--seeds K] [--keep] [NAME...]: a simulator that catches no planted mistake proves nothing.

Each mutations/NAME.patch is one mistake: two lines of text (what is wrong, which rules should notice, or which story,
or "the growth of repair"), then a unified diff of one or two .c files of the rings. It is applied to copies of the files, which are
compiled as the build tree compiles them, though optimized less, and linked in front of its libraries; then the simulator runs
until the first seed that fails, or plays that story of tests/scenario, which must fail, or measures that growth. Behind the rules
there may be "first at seed N": that one is tried before all others, whose search it only shortens. A patch that does not apply, a
copy that does not compile and a mistake that nothing catches are failures. An assertion of the product or of the simulator counts
as caught; the end of the time limit does not: endless work is a broken rule, which the simulator has to name itself.
With --keep the mutants stay in SIM_BUILD_DIR/mutations/NAME/simulate, to be looked at.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shlex
import signal
import subprocess
import sys
import time

CPU_S = 60  # of one mutant
WALL_S = 600
AT_ONCE = 2
NOTICED = r'Noticed by (?:the story ([\w-]+)\.|(the growth of repair)\.|rules? \d[^\n]*?(?:, first at seed (\d+))?\.$)'
PACKAGES = (('libsodium',), ('msgpack-c', 'msgpack'))  # as CMakeLists.txt looks for them


class Failed(Exception):
    """The mutant cannot be run, or nothing noticed it."""


def run(command, cwd, what):
    result = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        raise Failed(f'{what}\n{result.stdout.rstrip()}')
    return result.stdout


class Build:
    """What the build tree of the simulator tells about itself."""

    def __init__(self, build, source):
        self.build, self.source = build, source
        self.commands = {entry['file']: entry for entry in json.loads((build / 'compile_commands.json').read_text())}
        self.libraries = [str(build / 'tests' / 'libsim.a')] + [str(build / f'lib{ring}.a')
                                                              for ring in ('node', 'wire', 'core')]
        for names in PACKAGES:
            self.libraries += self.link_options(names)
        main = self.command(source / 'tests' / 'sim' / 'simulate.c')
        self.compiler = main[0]
        self.main = str(build / main[main.index('-o') + 1])
        if not os.path.exists(self.main):  # of a build directory below
            self.main = str(pathlib.Path(self.directory(source / 'tests' / 'sim' / 'simulate.c')) /
                            main[main.index('-o') + 1])

    @staticmethod
    def link_options(names):
        for name in names:
            result = subprocess.run(['pkg-config', '--libs', name], stdout=subprocess.PIPE, text=True, check=False)
            if result.returncode == 0:
                return shlex.split(result.stdout)
        sys.exit(f'pkg-config knows none of {", ".join(names)}')

    def directory(self, file):
        return self.commands[str(file)]['directory']

    def command(self, file):
        return shlex.split(self.commands[str(file)]['command'])

    def compile(self, name, copy, target):
        """Compiles the copy of the source file name with the command of the original, and does not optimize much."""
        command = [word for word in self.command(self.source / name) if not re.match(r'-flto|-ffat-lto|-O\d', word)] + ['-O1']
        command[command.index('-o') + 1] = str(target)
        command[command.index('-c') + 1] = str(copy)
        run(command, self.directory(self.source / name), 'does not compile')

    def link(self, objects, program):
        run([self.compiler, '-fno-lto', '-o', str(program), self.main, *map(str, objects), *self.libraries], self.build,
            'does not link')


def changed_files(patch, text):
    names = re.findall(r'^\+\+\+ b/(\S+)', text, re.M)
    if not 1 <= len(names) <= 2 or not all(re.fullmatch(r'agent/(core|wire|node)/\w+\.c', name) for name in names):
        raise Failed('is no diff of one or two .c files of the rings')
    head = text.split('--- a/', 1)[0].splitlines()
    if len(head) != 2 or not re.match(NOTICED, head[1]):
        raise Failed('does not begin with what is wrong and "Noticed by rule N", "... the story NAME" or "... the growth of repair"')
    return names


def make(build, patch, place):
    """Builds the simulator with the mistake; returns the program."""
    names = changed_files(patch, patch.read_text())
    objects = []
    for name in names:
        copy = place / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((build.source / name).read_text())
    run(['patch', '-p1', '--no-backup-if-mismatch', '-i', str(patch)], place, 'does not apply')
    for name in names:
        objects.append(place / name.replace('/', '_').replace('.c', '.o'))
        build.compile(name, place / name, objects[-1])
    build.link(objects, place / 'simulate')
    return place / 'simulate'


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def play(program, story):
    """Plays one story, which must not come true; returns what was noticed."""
    result = subprocess.run([str(program), '--scenario', str(story)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors='replace', check=False, timeout=WALL_S, preexec_fn=limit)
    found = re.search(r'^FAILED .*\n  (.*)', result.stdout, re.M)
    if result.returncode == 1 and found:
        return 'story', found[1].split('scn:', 1)[-1]
    if result.returncode == 0:
        raise Failed(f'is not caught by {story.name}')
    raise Failed(f'{story.name} ended with {result.returncode}\n{result.stdout}{result.stderr}')


def grow(program):
    """Measures how repair grows; returns which demand did not hold."""
    result = subprocess.run([str(program), '--growth'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            check=False, timeout=WALL_S, preexec_fn=limit)
    found = re.search(r'^\d+ differences: (.*)', result.stdout, re.M)
    if result.returncode == 1 and found:
        return 'growth', found[1]
    raise Failed('is not caught by simulate --growth' if result.returncode == 0 else result.stdout)


def simulate(program, first, seeds):
    """Runs so many seeds, until something is noticed; returns what it was, None if it was nothing."""
    try:
        result = subprocess.run([str(program), '--seed', str(first), '--seeds', str(seeds)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors='replace', check=False, timeout=WALL_S,
                                preexec_fn=limit)
    except subprocess.TimeoutExpired:
        raise Failed(f'is not caught: no end after {WALL_S} s') from None
    found = re.search(r'^seed (\d+): rule (\d+) broken[^:]*: (.*)', result.stdout, re.M)
    if result.returncode == 1 and found:
        return f'rule {found[2]} at seed {found[1]}', found[3]
    if result.returncode == -signal.SIGABRT:
        said = result.stderr.strip().splitlines() or ['aborted']
        return 'assertion', said[-1].split(': ', 1)[-1]
    if result.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise Failed(f'is not caught: no end after {CPU_S} s of CPU')
    if result.returncode == 0:
        return None
    raise Failed(f'simulate ended with {result.returncode}\n{result.stdout}{result.stderr}')


def try_mutant(build, patch, seeds, keep):
    """One line for people, and whether the mistake was caught."""
    place = build.build / 'mutations' / patch.stem
    began = time.monotonic()
    try:
        run(['rm', '-rf', str(place)], build.build, 'cannot be removed')
        place.mkdir(parents=True)
        story = re.search(NOTICED, patch.read_text(), re.M)
        program = make(build, patch, place)
        if story[1]:
            caught, how = play(program, build.source / 'tests' / 'scenario' / f'{story[1]}.scn')
        elif story[2]:
            caught, how = grow(program)
        else:
            found = story[3] and simulate(program, int(story[3]), 1) or simulate(program, 1, seeds)
            if not found:
                raise Failed(f'is not caught in {seeds} seeds')
            caught, how = found
    except Failed as failure:
        return f'{patch.stem}: FAILED: {failure}', False
    if not keep:
        run(['rm', '-rf', str(place)], build.build, 'cannot be removed')
    return f'{patch.stem:26} {caught:20} {time.monotonic() - began:5.1f} s  {how[:110]}', True


def main():
    parser = argparse.ArgumentParser(description='runs the simulator with planted mistakes')
    parser.add_argument('build', type=pathlib.Path, help='Release tree of the simulator, BUILD/sim')
    parser.add_argument('source', type=pathlib.Path)
    parser.add_argument('names', nargs='*', help='only these patches')
    parser.add_argument('--seeds', type=int, default=2000)
    parser.add_argument('--keep', action='store_true', help='leave each mutant as BUILD/sim/mutations/NAME/simulate')
    options = parser.parse_intermixed_args()
    build = Build(options.build.resolve(), options.source.resolve())
    patches = sorted((options.source / 'tests' / 'sim' / 'mutations').resolve().glob('*.patch'))
    chosen = [patch for patch in patches if not options.names or patch.stem in options.names]
    unknown = set(options.names) - {patch.stem for patch in chosen}
    if unknown or not chosen:
        sys.exit(f'no such patch: {", ".join(sorted(unknown)) or "there is none"}')

    missed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for line, caught in pool.map(lambda patch: try_mutant(build, patch, options.seeds, options.keep), chosen):
            print(line, flush=True)
            missed += not caught
    print(f'{len(chosen) - missed} of {len(chosen)} planted mistakes were caught')
    return missed > 0


if __name__ == '__main__':
    sys.exit(main())
