#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_options.sh BIN_DIR SOURCE_DIR: test.sh and demo.sh refuse a command line that they do not understand, before they
# install or build anything.
set -u
source=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# refuses MESSAGE OPTION...: of test.sh. What is not refused ends at a folder that cannot be made.
refuses()
{
    message=$1
    shift
    text=$("$source/test.sh" --build-dir /dev/null/none "$@" 2>&1 > "$work/out" < /dev/null)
    got=$?
    [ $got -eq 2 ] && [ ! -s "$work/out" ] && [ "$text" = "test.sh: $message
  all options:  ./test.sh --help" ] && return
    printf 'test.sh %s: exit code 2 and "%s" are expected, found %d and:\n%s\n' "$*" "$message" $got "$text" >&2
    failed=1
}

refuses '--wrong: no such option' --wrong
refuses 'sim: no such option' sim
refuses '--hours: a value is expected behind it' --nightly --hours
refuses '--hours: a value is expected behind it' --hours --nightly
refuses '--label: a value is expected behind it' --label ''
refuses '--hours one: a number over 0 is expected' --nightly --hours one
refuses '--hours 0.0: a number over 0 is expected' --nightly --hours 0.0
refuses '--hours means nothing without --nightly' --hours 2
refuses '--label x: unit, lines, fuzz, tidy, sim, cluster, package or bench is expected' --nightly --label x
refuses '--coverage: a part of the tests would tell nothing, leave --label and --match out' --coverage --label sim
refuses '--nightly means nothing with --coverage' --coverage --nightly

text=$(TMPDIR=/dev/null/none "$source/demo.sh" --keep --wrong 2>&1) # it could not begin
got=$?
if [ $got -ne 2 ] || [[ $text != 'demo.sh: --wrong: no such option'* ]]; then
    printf 'demo.sh --keep --wrong: found %d and:\n%s\n' $got "$text" >&2
    failed=1
fi
for program in test.sh demo.sh; do
    "$source/$program" --help | grep -q "^usage: ./$program" || { echo "$program --help: no usage" >&2; failed=1; }
done
exit $failed
