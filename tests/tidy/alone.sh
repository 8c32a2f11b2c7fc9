#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# alone.sh SOURCE_DIR: the project needs nothing beside itself and names nobody.
#
#   - no path of a developer's machine, none outside of this folder
#   - addresses are loopback, unspecified, documentation or private ones (tests of address arithmetic need neighbors of
#     those; tests are left out)
#   - mail addresses and host names are under the names reserved for examples
set -u
shopt -s lastpipe # what ends a pipeline may set failed
export LC_ALL=C
cd "$1" || exit 1
failed=0

# found WHY: fails if standard input has a row
found()
{
    rows=$(head -n 20)
    [ -n "$rows" ] || return
    printf '%s:\n%s\n' "$1" "$rows" >&2
    failed=1
}

mapfile -t files < <(find . \( -name .git -o -name 'build*' \) -prune -o -type f -print | sed 's,^\./,,' |
    grep -vE '^(LICENSE|tests/tidy/(alone|test_tidy)\.sh|tests/fuzz/[^/]+/.*)$' | sort)

grep -nIE '\.\./shar''ed|(^|[^A-Za-z0-9_.])/(work|root|home|Users|farm|studio)/' "${files[@]}" |
    found "paths of somebody's machine"

# Quads with an octet over 255 or a leading zero are no addresses.
mapfile -t written < <(printf '%s\n' "${files[@]}" | grep -vE '^tests/')
grep -noIE '(^|[^0-9A-Za-z.])[0-9]{1,3}(\.[0-9]{1,3}){3}([^0-9.A-Za-z-]|\.?$|\.[^0-9])' "${written[@]}" | awk -F: '
    {
        place = $1 ":" $2; text = $0
        match(text, /[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+[^0-9]?$|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/)
        address = substr(text, RSTART, RLENGTH); gsub(/[^0-9.]/, "", address); sub(/\.$/, "", address)
        n = split(address, o, ".")
        for (i = 1; i <= n; i++) if (o[i] > 255 || o[i] ~ /^0[0-9]/) next
        if (address ~ /^(0|10|127|22[4-9]|23[0-9]|255)\./) next
        if (address ~ /^(192\.0\.2|198\.51\.100|203\.0\.113)\./) next
        if (address ~ /^(192\.168|169\.254)\./ || address ~ /^172\.(1[6-9]|2[0-9]|3[01])\./) next
        print place ": " address
    }' | found "addresses that may be somebody's"

grep -noIE '[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+' "${written[@]}" |
    grep -vE '@([A-Za-z0-9-]+\.)*(example\.(org|net|com)|example|invalid|test|service)$' | found "mail addresses"

[ $failed -eq 0 ] && echo "${#files[@]} files stand alone"
exit $failed
