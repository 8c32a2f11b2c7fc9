#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs one fuzz target: run.sh PROGRAM/fuzz_NAME SOURCE_DIR WORK_DIR
#
# From the seeds in SOURCE_DIR/NAME, 20 s with a fixed seed of the generator; with BANSYNC_NIGHTLY=1 for two hours
# (BANSYNC_FUZZ_SECONDS) with another one each time. What it finds is kept in WORK_DIR/corpus/NAME for the next run, an input
# that fails as WORK_DIR/artifacts/NAME-KIND-HASH. New seeds are taken into SOURCE_DIR by hand, with -merge=1.

set -u
program=$1 source=$2 work=$3
name=$(basename "$program")
name=${name#fuzz_}
mkdir -p "$work/corpus/$name" "$work/artifacts" || exit 1

# 77, which libFuzzer ends with by default, would be taken for a test that was skipped.
options=(-error_exitcode=1 -timeout=10 -rss_limit_mb=2048 -fork=0 "-artifact_prefix=$work/artifacts/$name-")
if [ "${BANSYNC_NIGHTLY:-}" = 1 ]; then
    options+=(-seed=$((RANDOM * 32768 + RANDOM + 1)) "-max_total_time=${BANSYNC_FUZZ_SECONDS:-7200}")
else
    options+=(-seed=1 -runs=20000 -max_total_time=20)
fi
[ ! -f "$source/$name.dict" ] || options+=("-dict=$source/$name.dict")
corpus=("$work/corpus/$name")
[ ! -d "$source/$name" ] || corpus+=("$source/$name")

touch "$work/artifacts/.$name-start"
"$program" "${options[@]}" "${corpus[@]}"
result=$?
if [ "$result" -ne 0 ]; then
    find "$work/artifacts" -name "$name-*" -newer "$work/artifacts/.$name-start" |
        sed "s|.*|fails with this input: & (again: $program &)|"
fi
exit "$result"
