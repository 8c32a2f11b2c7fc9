#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# coverage.sh BUILD_DIR SOURCE_DIR: what ./test.sh --coverage runs; see branches.py.
#
# The seeds of the simulator are counted, not timed: the same branches are taken on every machine.
set -u
build=$1 source=$2
seeds=1000

cmake --log-level=WARNING -S "$source" -B "$build" -DBANSYNC_COVERAGE=ON -DCMAKE_BUILD_TYPE=Debug || exit 1
cmake --build "$build" || exit 1
build=$(cd "$build" && pwd)
find "$build" -name '*.gcda' -delete

log=$build/coverage.txt
{
    ctest --test-dir "$build" --parallel "$(nproc)" --no-tests=error &&
        "$build/bin/simulate" --seeds $seeds &&
        "$build/bin/simulate" --scenario "$source"/tests/scenario/*.scn
} < /dev/null > "$log" 2>&1 || { cat "$log" >&2; exit 1; }

cd "$source" || exit 1 # gcovr matches the filter from here
gcovr --root . --object-directory "$build" --no-markers --filter 'agent/(core|wire|node)/' \
    --json "$build/coverage.json" "$build" || exit 1
exec tests/coverage/branches.py "$build/coverage.json" .
