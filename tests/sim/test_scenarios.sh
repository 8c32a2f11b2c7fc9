#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_scenarios.sh BIN_DIR SOURCE_DIR: every story of tests/scenario comes true, whatever the network draws; and one
# that is wrong, or cannot be understood, fails and says where.
set -u
bin=$1 stories=$2/tests/scenario
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
seeds=8
failed=0

# --- The stories, on both cores ----------------------------------------------------------------------

seq $seeds | xargs -P 2 -I '{}' sh -c '"$1"/simulate --scenario --seed {} "$2"/*.scn > "$3/{}"' \
    play "$bin" "$stories" "$work" || failed=1
for seed in $(seq $seeds); do
    grep -A 2 '^FAILED' "$work/$seed" | sed "s/^FAILED/--seed $seed: FAILED/" >&2
done
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
refuses 2 'one of cluster is expected, found "start"' 'start all'
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
refuses 1 'it began 0' "${two[@]}" 'expect descents mx1 1'
refuses 1 'it began 0' "${two[@]}" 'expect bulk mx1 1'
refuses 1 'outcome 0 on 1 nodes' "${two[@]}" 'cut mx2' 'ban mx1 192.0.2.7' 'expect confirmed mx1 2 within 9s'
refuses 1 'descents' "${two[@]}" 'cut mx2' 'hits mx1 192.0.2.7 3' 'run 1s' 'heal' 'expect quiet 5s'
refuses 1 'it is so' "${two[@]}" 'expect not free all 192.0.2.7 for 1s'
refuses 1 'no clone is known' "${two[@]}" 'expect clone mx1 by mx2'
refuses 1 'nothing is refused for that' "${two[@]}" 'expect refused clock mx1'
refuses 1 'the map of mx2 has nothing' "${two[@]}" 'ban mx1 192.0.2.7 for 22s' 'run 1s' 'cut mx1 mx2' \
    'unban mx2 192.0.2.7' 'expect in-step for 5s'

[ $failed -eq 0 ] && echo "$(ls "$stories"/*.scn | wc -l) stories, each with $seeds seeds"
exit $failed
