#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_scenarios.sh BIN_DIR SOURCE_DIR: every story of tests/scenario comes true, whatever the network draws; and one
# that is wrong, or cannot be understood, fails and says where. With BANSYNC_NIGHTLY the sanitizers look at all draws.
set -u
bin=$1 stories=$2/tests/scenario
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
release=$(dirname "$1")/sim/bin
seeds=8 sanitized=2
[ -z "${BANSYNC_NIGHTLY:-}" ] || sanitized=$seeds
failed=0

# --- The stories, on both cores ----------------------------------------------------------------------

# play NAME BIN_DIR SEEDS: as often as that, from seed 1 on
play()
{
    seq "$3" | xargs -P 2 -I '{}' sh -c '"$1"/simulate --scenario --seed {} "$2"/*.scn > "$3.{}"' \
        play "$2" "$stories" "$work/$1" || failed=1
    for seed in $(seq "$3"); do
        grep -A 2 '^FAILED' "$work/$1.$seed" | sed "s/^FAILED/$1 --seed $seed: FAILED/" >&2
    done
}
play release "$release" $seeds
play sanitized "$bin" $sanitized
for story in "$stories"/*.scn; do
    head -n 1 "$story" | grep -q '^# .' || { echo "$story: the first line does not say what it is about" >&2; failed=1; }
done

# --- Stories that are wrong --------------------------------------------------------------------------

# refuses CODE MESSAGE LINE...: a story of these lines ends with that exit code, and tells this of its last line
refuses()
{
    code=$1 message=$2
    shift 2
    printf '%s\n' "$@" > "$work/wrong.scn"
    text=$("$bin"/simulate --scenario "$work/wrong.scn")
    got=$?
    case $text in
    *"wrong.scn:$#: "*"$message"*) [ $got -eq "$code" ] && return ;;
    esac
    printf 'exit code %d and "%s" are expected of this, found %d and:\n%s\n' "$code" "$message" $got "$text" >&2
    failed=1
}

two=('cluster 2 mesh' 'start all' 'run 3s')
refuses 2 '"cluster" is expected, found "start"' 'start all'
refuses 2 'found "bun"' "${two[@]}" 'bun mx1 192.0.2.7'
refuses 2 'a number from 1 to 9 is expected, found "ten"' 'cluster ten mesh'
refuses 2 'one of mesh ring hub sites is expected, found "star"' 'cluster 3 star'
refuses 2 'a network of 256 at most is expected, found "2001:db8::/32"' "${two[@]}" 'hits mx1 2001:db8::/32 3'
refuses 2 'a node such as mx1 is expected, found "mx3"' "${two[@]}" 'kill mx3'
refuses 2 'an address or a network is expected, found "192.0.2.256"' "${two[@]}" 'hits mx1 192.0.2.256 3'
refuses 2 'a number from 1 to 10000 is expected, found the end of the line' "${two[@]}" 'hits mx1 192.0.2.7'
refuses 2 'the end of the line is expected, found "now"' "${two[@]}" 'kill mx1 now'
refuses 2 'a duration such as' "${two[@]}" 'run 3'
refuses 2 'an offset such as' "${two[@]}" 'clock mx1 1h'
refuses 2 '"threshold" is expected' "${two[@]}" 'policy mx1 window 10m ban 1h'
refuses 2 'usage: cut NODE [NODE]' "${two[@]}" 'cut'
refuses 2 'a duration such as' "${two[@]}" 'expect free all 192.0.2.7 within soon'
refuses 2 'other than cluster, which is the first one only, is expected, found "cluster"' "${two[@]}" 'cluster 2 mesh'
refuses 2 'a window longer than 0s is expected, found "0s"' "${two[@]}" 'policy threshold 3 window 0s ban 1h'
refuses 2 'another node is expected, found "mx1"' "${two[@]}" 'cut mx1 mx1'
refuses 2 'another node is expected, found "mx2"' "${two[@]}" 'one-way mx2 mx2'
refuses 2 'with no address inside it, is expected, found "192.0.2.7/24"' "${two[@]}" 'ban mx1 192.0.2.7/24'
refuses 2 'usage: expect [not] count NODES SENDER N [within' "${two[@]}" 'expect count all 192.0.2.7'
refuses 2 "a user's name, of letters, digits and @.-_+, is expected, found \"a/b\"" "${two[@]}" 'ban mx1 account a/b'
refuses 2 'a network of 256 at most is expected, found "bob"' "${two[@]}" 'hits mx1 account bob 3'
refuses 2 'one of off count ban is expected, found "on"' "${two[@]}" 'policy threshold 3 window 1m ban 1h accounts on'
refuses 2 'a line of text is expected' 'cluster 2 mesh' "# $(printf '%1100s' x)"
refuses 1 'mx1 is up already' "${two[@]}" 'start mx1'
refuses 1 'mx1 has no backup' "${two[@]}" 'kill mx1' 'start mx1 from-backup'
refuses 1 'mx1 refuses the command' "${two[@]}" 'kill mx1' 'ban mx1 192.0.2.7'
refuses 1 'the map of mx1 has nothing' "${two[@]}" 'expect banned all 192.0.2.7 within 1s'
refuses 1 'the map of mx1 has 192.0.2.7' "${two[@]}" 'ban mx1 192.0.2.7 for 10s' 'expect banned all 192.0.2.7 within 1s' \
    'expect free all 192.0.2.7'
refuses 1 'the map of mx2 has nothing' "${two[@]}" 'cut mx2' 'ban mx1 192.0.2.7' 'run 1s' 'expect map all 192.0.2.7'
refuses 1 'mx1 counts 9' "${two[@]}" 'hits mx1 192.0.2.7 9' 'expect count all 192.0.2.7 10 within 1s'
refuses 1 'mx2 and mx1 differ in records' "${two[@]}" 'cut mx2' 'ban mx1 192.0.2.7' 'run 1s' 'expect equal'
refuses 1 'mx2 counts 0' "${two[@]}" 'cut mx2' 'hits mx1 192.0.2.0/24 3' 'run 1s' \
    'expect count mx1 192.0.2.255 3' 'expect count mx2 192.0.2.255 3'
refuses 1 'the user map of mx1 has it not' "${two[@]}" 'expect banned all account bob within 1s'
refuses 1 'the user map of mx1 has it' "${two[@]}" 'ban mx1 account bob' 'run 1s' 'expect free mx1 account bob'
refuses 1 'there is nothing of mx2' "${two[@]}" 'forget-node mx1 mx2'
refuses 1 'it began 0' "${two[@]}" 'expect descents mx1 1'
refuses 1 'it began 0' "${two[@]}" 'expect bulk mx1 1'
refuses 1 'outcome 0 on 1 nodes' "${two[@]}" 'cut mx2' 'ban mx1 192.0.2.7' 'expect confirmed mx1 2 within 9s'
refuses 1 'descents' "${two[@]}" 'cut mx2' 'hits mx1 192.0.2.7 3' 'run 1s' 'heal' 'expect quiet 5s'
refuses 1 'it is so' "${two[@]}" 'expect not free all 192.0.2.7 for 1s'
refuses 1 'no clone is known' "${two[@]}" 'expect clone mx1 by mx2'
refuses 1 'nothing is refused for that' "${two[@]}" 'expect refused clock mx1'
refuses 1 'the map of mx2 has nothing' "${two[@]}" 'ban mx1 192.0.2.7 for 22s' 'run 1s' 'cut mx1 mx2' \
    'unban mx2 192.0.2.7' 'expect in-step for 5s'

# --- What is told of a failure -----------------------------------------------------------------------

# Where mail comes in and who is concerned: without it nobody finds the cause.
printf '%s\n' "${two[@]}" 'hits mx2 192.0.2.7 1' 'run 1s' 'expect banned mx1 192.0.2.7' > "$work/told.scn"
"$bin"/simulate --scenario --trace "$work/told.scn" > "$work/told"
grep -q 'mx2: line 0 of the logs, a hit of 192.0.2.7, message [0-9]*$' "$work/told" ||
    { echo "--trace does not say where mail comes in" >&2; failed=1; }

# --- Files that are none -----------------------------------------------------------------------------

# unreadable FILE MESSAGE
unreadable()
{
    text=$("$bin"/simulate --scenario "$1") && { echo "$1: read without a mistake" >&2; failed=1; }
    case $text in
    *"$1: $2"* | *"$1:1: $2"*) ;;
    *) printf '%s: "%s" is expected, found:\n%s\n' "$1" "$2" "$text" >&2; failed=1 ;;
    esac
}

unreadable "$work/none" 'No such file or directory'
unreadable "$work" 'Is a directory'
printf 'cluster 2 mesh \0 start all\nstart all\n' > "$work/binary"
unreadable "$work/binary" 'a line of text is expected'
: > "$work/empty"
unreadable "$work/empty" 'no statement in it'

# --- Command lines that are wrong --------------------------------------------------------------------

# no_command MESSAGE OPTION...: exit code 2, that message first, and where to find help; nothing else
no_command()
{
    message=$1
    shift
    text=$("$bin"/simulate "$@" 2>&1 > "$work/out")
    got=$?
    [ $got -eq 2 ] && [ ! -s "$work/out" ] && [ "$text" = "simulate: $message
  all options:  simulate --help" ] && return
    printf 'simulate %s: exit code 2 and "%s" are expected, found %d and:\n%s\n' "$*" "$message" $got "$text" >&2
    failed=1
}

no_command '--wrong: no such option' --wrong
no_command '-x: no such option' -x
no_command '--trace=5: no such option' --trace=5
no_command '--seed: a value is expected behind it' --seed
no_command '--seed 1.5: a whole number from 0 to 1000000000000000 is expected' --seed 1.5
no_command '--seed x: a whole number from 0 to 1000000000000000 is expected' --seed x
no_command '--seeds 0: a whole number from 1 to 1000000000 is expected' --seeds 0
no_command '--hours -1: a number from 0.001 to 1000000 is expected' --hours -1
no_command '--hours nan: a number from 0.001 to 1000000 is expected' --hours nan
no_command '--nodes 1: a whole number from 2 to 320 is expected' --nodes 1
no_command '--nodes 10: a whole number from 2 to 9 is expected; more with --scale' --nodes 10
no_command '--nodes 2: a whole number from 3 to 320 is expected with --scale' --scale --nodes 2
no_command '--nodes 3: a whole number from 4 to 320 is expected with --scale' --scale --nodes 3 --shape hubs
no_command '--shape star: mesh, hubs or ring is expected' --scale --nodes 4 --shape star
no_command '--shape: of how many --nodes?' --scale --shape hubs
no_command '--scenario, --scale and --growth: one of them at a time' --scale --growth
no_command '--seeds means nothing with --growth' --growth --seeds 3
no_command '--shape means nothing with seeds' --shape ring
no_command '--scenario: name the files to be played' --scenario
no_command 'one.scn: files are played with --scenario only' one.scn
if ! "$bin"/simulate --help > "$work/help" 2> "$work/error" || [ -s "$work/error" ] ||
    ! grep -q '^  expect map NODES' "$work/help" || grep -q ' $' "$work/help"; then
    echo "--help ends with an error, is incomplete, or has blanks at ends of lines" >&2
    failed=1
fi

[ $failed -eq 0 ] && echo "$(ls "$stories"/*.scn | wc -l) stories, each with $seeds seeds, $sanitized of them with the sanitizers"
exit $failed
