#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the simulator: the shipped node as built for release over many seeds, and with the sanitizers over fewer; the
# same seed twice must be the same to the byte. usage: test_seeds.sh BIN_DIR SOURCE_DIR TOOL_DIR

set -u
sanitized=$1/simulate
release=$(dirname "$1")/sim/bin/simulate
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
seeds=2000 few=100 hours=
[ -z "${BANSYNC_NIGHTLY:-}" ] || seeds=20000 few=1000 hours=${BANSYNC_NIGHTLY_HOURS:-1}

fail()
{
    echo "FAILED: $*"
    failed=1
}

# run NAME PROGRAM OPTION...: in the background; its output is in NAME.
run()
{
    local name=$1

    shift
    "$@" > "$work/$name" 2>&1 || echo "exit code $?" >> "$work/$name"
}

# check NAME: prints what it found.
check()
{
    sed "s/^/$1: /" "$work/$1"
    grep -q ' 0 failed;' "$work/$1" && ! grep -q '^exit code' "$work/$1" || fail "$1"
}

# As many on each of two cores.
run half1 "$release" --seed 1 --seeds $((seeds / 2)) &
run half2 "$release" --seed $((seeds / 2 + 1)) --seeds $((seeds / 2))
wait
check half1
check half2

run sanitized1 "$sanitized" --seed 1 --seeds $((few / 2)) &
run sanitized2 "$sanitized" --seed $((few / 2 + 1)) --seeds $((few / 2))
wait
check sanitized1
check sanitized2

# The same seeds in two processes: the same trace of everything that happened.
run first "$release" --seed 1 --seeds 50 --hashes &
run second "$release" --seed 1 --seeds 50 --hashes
wait
for name in first second; do
    grep '^trace ' "$work/$name" > "$work/$name.hashes"
done
if [ "$(wc -l < "$work/first.hashes")" -eq 50 ] && cmp -s "$work/first.hashes" "$work/second.hashes"; then
    echo "50 seeds ran twice: equal traces"
else
    fail "the same seeds left different traces"
fi

# A seed that is asked for alone does what it did among others.
alone=$("$release" --seed 7 --hashes | grep '^trace ')
[ "$alone" = "$(sed -n 7p "$work/first.hashes")" ] || fail "seed 7 alone does something else"

if [ -n "$hours" ]; then
    run long1 "$release" --seed 1000001 --seeds 20 --hours "$hours" &
    run long2 "$release" --seed 2000001 --seeds 20 --hours "$hours"
    wait
    check long1
    check long2
fi
exit "$failed"
