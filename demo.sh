#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Three agents on loopback, one sender: four, three and two hits ban nowhere, the tenth bans everywhere, an unban on
# another node lifts it everywhere. The log lines are real ones of rspamd; only their time and the address of the hits
# are rewritten. Everything lies in one temporary folder; only processes started here are ended.

set -u
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
sender=203.0.113.7
nodes=(mx1 mx2 mx3)
deadline=20 # seconds, for every wait
keep=0
pids=()

for word in "$@"; do
    case $word in
    --keep) keep=1 ;;
    -h | --help) echo "usage: ./demo.sh [--keep]    --keep leaves the three agents running"; exit 0 ;;
    *) printf 'demo.sh: %s: no such option\nusage: ./demo.sh [--keep]\n' "$word" >&2; exit 2 ;;
    esac
done

say()
{
    printf '\n%s\n' "$*"
}

die()
{
    printf '\ndemo failed: %s\n' "$*" >&2
    for node in "${nodes[@]}"; do
        [ ! -s "${work-}/$node/agent.log" ] || { echo "--- last lines of $node:"; tail -n 5 "$work/$node/agent.log"; } >&2
    done
    exit 1
}

finish()
{
    status=$?
    trap - EXIT
    if [ $keep -eq 1 ] && [ $status -eq 0 ]; then
        exec {never}>&-
        exit 0
    fi
    if [ ${#pids[@]} -gt 0 ]; then
        kill "${pids[@]}" 2>/dev/null
        local end=$((SECONDS + deadline))
        while any_alive && [ $SECONDS -le $end ]; do
            read -r -t 0.01 -u "$never"
        done
        kill -9 "${pids[@]}" 2>/dev/null
        wait
    fi
    [ -z "${work-}" ] || rm -rf "$work"
    exit $status
}

any_alive()
{
    for pid in "${pids[@]}"; do
        ! kill -0 "$pid" 2>/dev/null || return 0
    done
    return 1
}

trap finish EXIT
trap 'exit 1' HUP INT TERM

# until_true WHAT COMMAND...: looks again and again, until it is so or the deadline has passed.
until_true()
{
    what=$1
    shift
    local end=$((SECONDS + deadline))
    until "$@"; do
        for pid in "${pids[@]}"; do
            kill -0 "$pid" 2>/dev/null || die "an agent ended by itself"
        done
        [ $SECONDS -le $end ] || die "not within $deadline s: $what"
        read -r -t 0.01 -u "$never" # nothing ever comes: a pause between two looks
    done
}

ctl() # NODE WORD...
{
    "$bin/banctl" --socket "$work/$1/sock" "${@:2}"
}

map() # NODE
{
    echo "$work/$1/ip_blacklist_ratelimit.map"
}

# The entries of a node's map.
entries()
{
    grep -v '^#' "$(map "$1")"
}

sums()
{
    for node in "${nodes[@]}"; do
        printf '  %s  %s\n' "$node" "$(sha256sum < "$(map "$node")" | cut -d ' ' -f 1)"
    done
}

same_sums()
{
    [ "$(sums | awk '{print $2}' | sort -u | wc -l)" -eq 1 ]
}

# --- Conditions --------------------------------------------------------------------------------------

has_peers() # NODE: both others are up
{
    [ "$(ctl "$1" peers --json 2>/dev/null | grep -oE '"state": *"up"' | wc -l)" -eq 2 ]
}

has_count() # NODE COUNT
{
    ctl "$1" show "$sender" --json 2>/dev/null | grep -qE "\"count\": *$2\b"
}

is_banned()
{
    for node in "${nodes[@]}"; do
        [ "$(entries "$node")" = "$sender" ] || return 1
    done
}

is_verified()
{
    ctl mx1 verify > /dev/null 2>&1
}

is_empty()
{
    for node in "${nodes[@]}"; do
        [ -f "$(map "$node")" ] && [ -z "$(entries "$node")" ] || return 1
    done
}

# --- Build -------------------------------------------------------------------------------------------

. "$here/.ci/packages.sh"
packages_need $packages_build || exit 1
build=$here/build
bin=$build/bin
say "building in $build"
work=$(mktemp -d "${TMPDIR:-/tmp}/bansync-demo.XXXXXX") || exit 1
{ cmake --log-level=WARNING -S "$here" -B "$build" &&
    cmake --build "$build" --parallel "$(nproc)" --target bansyncd banctl; } > "$work/build.log" 2>&1 ||
    { tail -n 20 "$work/build.log" >&2; die "the build"; }

# --- Three nodes -------------------------------------------------------------------------------------

mkfifo "$work/never" && exec {never}<>"$work/never" || exit 1
group=$(id -gn)
net=127.$((RANDOM % 200 + 20)).$((RANDOM % 256)) # all of 127.0.0.0/8 is loopback: nobody else is there
peers=
for node in "${nodes[@]}"; do
    mkdir -p "$work/$node/state"
    : > "$work/$node/rspamd.log"
    key=$("$bin/banctl" keygen --out="$work/$node/node.key") || die "banctl keygen"
    peers+="peer = $node tcp://$net.${node#mx}:11339 $key"$'\n'
done
for node in "${nodes[@]}"; do
    cat > "$work/$node/bansync.conf" <<END
[node]
name = $node
listen = tcp://$net.${node#mx}:11339
key = $work/$node/node.key
state_dir = $work/$node/state
[cluster]
name = demo
$peers[detect]
log = $work/$node/rspamd.log
threshold = 10
window = 10m
[map]
file = $(map "$node")
[control]
socket = $work/$node/sock
admin_group = $group
read_group = $group
END
    setsid "$bin/bansyncd" --foreground --config "$work/$node/bansync.conf" \
        < /dev/null > "$work/$node/agent.log" 2>&1 {never}>&- &
    pids+=($!)
done
say "three agents, each with its own key, log and map; CURVE between them:"
sed 's/^/  /' <<< "${peers%$'\n'}"
for node in "${nodes[@]}"; do
    until_true "$node sees both peers" has_peers "$node"
done
until_true "three empty maps" is_empty
until_true "three equal maps" same_sums
say "the maps, empty (sha256):"
sums
empty=$(sha256sum < "$(map mx1)")

# --- Ten hits ----------------------------------------------------------------------------------------

# Where the real hits lie in the corpus: ten messages, no two alike.
lines=$here/tests/lines/users
mapfile -t hits < <(awk -F '\t' '$3 == "limited" && $4 != "-" {print $1}' "$lines.tsv")
[ ${#hits[@]} -ge 10 ] || die "$lines.tsv names fewer than ten hits"
next=0

# play NODE COUNT: the next COUNT hits, each with the lines that rspamd wrote before it, as of now.
play()
{
    local last
    for ((n = 0; n < $2; n++)); do
        last=${hits[next]}
        next=$((next + 1))
        sed -nE -e "$((last - 9)),${last}{s/^[0-9-]{10} [0-9:]{8}/$(date '+%F %T')/" \
            -e "${last}s/, ip: [^,]+,/, ip: $sender,/" -e 'p;}' "$lines.log" >> "$work/$1/rspamd.log"
    done
}

play mx1 4
play mx2 3
play mx3 2
for node in "${nodes[@]}"; do
    until_true "$node counts 9" has_count "$node" 9
done
is_empty || die "nine hits must not ban"
say "4 + 3 + 2 hits from $sender: every node counts 9 of 10, all maps are still empty. The last hit in mx1's log:"
tail -n 1 "$work/mx1/rspamd.log" | sed 's/^/  /'

start=$(date +%s%N)
play mx2 1
until_true "the tenth hit puts $sender into all maps" is_banned
stop=$(date +%s%N)
until_true "three equal maps" same_sums
say "the tenth, on mx2: banned on all three nodes $(((stop - start) / 1000000)) ms later. The maps (sha256):"
sums
[ "$(sha256sum < "$(map mx1)")" != "$empty" ] || die "the map is the empty one"
echo "  equal, and not the empty one's. Its entries: $(entries mx1)"
say "\$ banctl list                      (asked on mx3)"
ctl mx3 list || die "banctl list"
until_true "all nodes agree on every count too" is_verified
say "\$ banctl verify                    (asked on mx1)"
ctl mx1 verify || die "banctl verify"

# --- Unban -------------------------------------------------------------------------------------------

say "\$ banctl unban $sender          (on mx3)"
ctl mx3 unban "$sender" --reason demo --wait || die "banctl unban"
until_true "the unban empties all maps" is_empty
until_true "three equal maps" same_sums
say "the maps (sha256):"
sums
[ "$(sha256sum < "$(map mx1)")" = "$empty" ] || die "the maps are not the empty ones of the start"
echo "  equal, and empty again"

if [ $keep -eq 1 ]; then
    say "the cluster keeps running in $work:"
    for node in "${nodes[@]}"; do
        echo "  $bin/banctl --socket $work/$node/sock status"
    done
    echo "  log of a node: $work/mx1/rspamd.log    its map: $(map mx1)"
    echo "stop it with      kill ${pids[*]}"
    echo "then remove it:   rm -rf $work"
fi
say "demo passed"
