#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_unit.sh BIN_DIR SOURCE_DIR: the unit is closed as far as it can be, has no mistakes, and its directories are those
# of option.def, tmpfiles and the agent. Takes systemd-analyze, else it is skipped (77).
set -u
export LC_ALL=C SYSTEMD_COLORS=0
source=$2
unit=$source/conf/bansyncd.service
failed=0
command -v systemd-analyze > /dev/null || { echo "skipped: needs systemd-analyze"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail()
{
    echo "$*" >&2
    failed=1
}

# setting NAME: its values in the unit, one a line
setting()
{
    sed -n "s/^$1=//p" "$unit"
}

# expect WHAT WANTED FOUND
expect()
{
    [ "$2" = "$3" ] || fail "$1: wanted \"$2\", found \"$3\""
}

systemd-analyze security --offline=true --threshold=20 "$unit" > "$work/security" ||
    fail "exposure: $(tail -n 1 "$work/security")"

# The programs of the unit are not installed here: others stand in for them. Nor are its manuals.
sed -E 's,^(Exec[A-Za-z]*=-?)/usr/sbin/bansyncd,\1/bin/true,; /^Documentation=/d' "$unit" > "$work/bansyncd.service"
systemd-analyze verify "$work/bansyncd.service" > "$work/verify" 2>&1 || fail "verify failed"
[ ! -s "$work/verify" ] || fail "verify: $(cat "$work/verify")"

# default SECTION KEY: the default of option.def
default()
{
    sed -n "s/^OPTION(\"$1\", \"$2\", [^,]*, [^,]*, \"\([^\"]*\)\".*/\1/p" "$source/include/bansync/option.def"
}

# constant NAME: the path that unitpath.h has under it
constant()
{
    sed -n "s/^#define $1 \"\(.*\)\"$/\1/p" "$source/agent/unitpath.h"
}

state=/var/lib/$(setting StateDirectory)
runtime=/run/$(setting RuntimeDirectory)
expect "state_dir" "$state" "$(default node state_dir)"
expect "control socket" "$runtime" "$(dirname "$(default control socket)")"
expect "map" "$state/maps" "$(dirname "$(default map file)")"
expect "UNITPATH_STATE" "$state" "$(constant UNITPATH_STATE)"
expect "UNITPATH_RUNTIME" "$runtime" "$(constant UNITPATH_RUNTIME)"

# made PATH: mode, user and group of tmpfiles
made()
{
    awk -v path="$1" '$1 == "d" && $2 == path { print $3, $4, $5 }' "$source/conf/bansync.tmpfiles"
}
owner="$(setting User) $(setting Group)"
expect "tmpfiles: $runtime" "$(setting RuntimeDirectoryMode) $owner" "$(made "$runtime")"
expect "tmpfiles: $state" "$(setting StateDirectoryMode) $owner" "$(made "$state")"
expect "tmpfiles: $state/maps" "0755 $owner" "$(made "$state/maps")"
for group in "$(default control admin_group)" "$(default control read_group)"; do
    grep -qE "^g $group +-" "$source/conf/bansync.sysusers" || fail "sysusers: no group $group"
done
grep -qE "^u $(setting User) " "$source/conf/bansync.sysusers" || fail "sysusers: no user $(setting User)"

# What the doctor expects to be closed (ctl/unit.c) is what the unit closes by one word.
sed -n 's/^    {"\([A-Za-z]*\)", "\(.*\)"},$/\1=\2/p' "$source/ctl/unit.c" > "$work/expected"
grep -E '^(Lock|Memory|NoNew|Private|Proc|Protect|Restrict[NRS]|CapabilityBounding)[A-Za-z]*=' "$unit" |
    grep -vxE 'PrivateUsers=no' | diff - "$work/expected" || fail "bansyncd.service and ctl/unit.c differ"
expect "UNIT_USER" "$(setting User)" "$(sed -n 's/^#define UNIT_USER "\(.*\)"$/\1/p' "$source/ctl/unit.h")"

# What the agent needs and a stricter unit would take.
case $(setting RestrictAddressFamilies) in *AF_NETLINK*) ;; *) fail "getifaddrs(3) needs AF_NETLINK" ;; esac
expect "groups of callers" no "$(setting PrivateUsers)"
setting SystemCallFilter | grep -qx sched_setscheduler || fail "libzmq needs sched_setscheduler(2)"
setting SystemCallFilter | grep -q lchown || fail "rspamd's socket needs lchown(2)"
expect "limit of starts" 0 "$(setting StartLimitIntervalSec)"
expect "exit codes that a restart does not help" "64 78" "$(setting RestartPreventExitStatus)"

[ $failed -eq 0 ] && tail -n 1 "$work/security"
exit $failed
