#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# banctl against an agent with scripted answers: what it sends, prints and returns, for every document and every exit code.
#
# usage: test_banctl.sh BIN_DIR
# Each case is compared with golden/CASE: the command, its exit code, the request, both outputs.
# CASES="list show" runs only those. UPDATE=1 writes the goldens anew; read the difference before you keep it.

set -u
banctl=$(realpath "$1")/banctl
wanted=${CASES:-}
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d "${TMPDIR:-/tmp}/test_banctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0
count=0
unset BANCTL_SOCKET SSH_CLIENT SSH_CONNECTION
export TZ=UTC0

# Times and places that differ from run to run. With --json times are fixed by --base and stay.
normalize() {
    sed -e "s|[^ ]*/control.sock|@SOCKET@|g" -e "s|$work|@WORK@|g" -e "s|-aG bansync-admin [^ ]*|-aG bansync-admin @USER@|" \
        -e "$time_rule" $machine_rule
}

# record CASE EXIT COMMAND-WORDS...: compares what lies in $work with golden/CASE.
record() {
    name=$1 code=$2
    shift 2
    {
        echo "\$ banctl $*" | normalize
        echo "exit $code"
        [ -s "$work/request" ] && printf 'request ' && cat "$work/request"
        echo "--- stdout" && normalize <"$work/stdout"
        echo "--- stderr" && normalize <"$work/stderr"
    } >"$work/transcript"
    count=$((count + 1))
    [ "${UPDATE:-0}" = 1 ] && cp "$work/transcript" "$here/golden/$name"
    if ! diff -u "$here/golden/$name" "$work/transcript"; then
        echo "FAILED $name"
        failures=$((failures + 1))
    fi
}

is_wanted() {
    [ -z "$wanted" ] && return 0
    case " $wanted " in *" $1 "*) return 0 ;; esac
    return 1
}

# What the doctor finds of this machine.
doctor_rule='-e /^[a-z]*..service/d -e s/[0-9]*.MB.free/@N@_MB_free/ -e s/last.line.[^,"]*.ago/last_line_@AGO@/ -e s/^[0-9]*.ok,.*/@COUNTS@/
    -e s/{"check":"service"[^}]*},// -e s/"\(ok\|warn\|fail\|skip\)":[0-9]*/"\1":0/g'
machine_rule=

set_rules() {
    time_rule='s/[0-9]\{4\}-[0-9][0-9]-[0-9][0-9]T[0-9:]\{8\}Z/@TIME@/g'
    base=
    case " $* " in *" --json "*) time_rule= base='--base 2026-11-23T09:44:00Z' ;; esac
}

# ask CASE HOW REPLY WORDS...: banctl WORDS against an agent that answers with replies/REPLY in the way HOW.
ask() {
    name=$1 how=$2 reply=$3
    shift 3
    is_wanted "$name" || return
    set_rules "$@"
    [ "$reply" = - ] || reply=$here/replies/$reply
    rm -f "$work/request"
    python3 "$here/fake_agent.py" --how "$how" $base --request "$work/request" "$reply" "$banctl" "$@" \
        >"$work/stdout" 2>"$work/stderr"
    record "$name" $? "$@"
}

# alone CASE WORDS...: banctl WORDS without any agent.
alone() {
    name=$1
    shift
    is_wanted "$name" || return
    set_rules "$@"
    rm -f "$work/request"
    BANCTL_SOCKET=$work/none/control.sock "$banctl" "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
    record "$name" $? "$@"
}

# --- Documents: text and JSON

ask list whole list list
ask list_json whole list list --json
ask list_limit whole list list --limit 200
ask list_filters whole list_some list --temporary --source auto --node mx2 --in 2001:db8::/32 --since 2h --sort expires --limit 2
ask list_filters_json whole list_some list --permanent --source=manual --in 203.0.113.7 --json
ask list_accounts_sort whole list_some list --accounts --would --sort=count --all
ask list_no_match whole list_no_match list --temporary
ask list_no_match_json whole list_no_match list --temporary --json
ask list_one_matches whole list_one_matches list --since=permanent --sort since
alone list_source_bad list --source operator
alone list_sort_bad list --sort hits
alone list_sort_empty list --sort=
alone list_in_bad list --in 203.0.113.7/24
alone list_in_no_net list --in mx1
alone list_since_bad list --since yesterday
alone list_limit_bad list --limit 0
alone list_kinds list --permanent --temporary
alone list_limit_all list --all --limit 3
alone list_accounts_in list --accounts --in 203.0.113.0/24
alone list_sort_bad_json list --sort hits --json
ask list_node_unknown whole list_node_unknown list --node mx99
ask list_pieces pieces list list
ask list_allowed whole list_allowed list
ask list_allowed_json whole list_allowed list --json
ask list_empty whole list_empty list
ask list_empty_json whole list_empty --json list
ask list_hostile whole list_hostile list
ask list_hostile_json whole list_hostile list --json
ask list_would whole list_would list --would
ask list_would_enforce whole list_would_enforce list --would
ask list_observe whole list_observe list
ask list_open open list list
ask show whole show show 203.0.113.7
ask show_old_key whole show_old_key show 203.0.113.7
ask show_json whole show show 203.0.113.7 --json
ask show_accounts whole show_accounts show 203.0.113.7
ask show_allowed whole show_allowed show 203.0.113.7
ask show_allowed_only whole show_allowed_only show 192.0.2.10
ask show_observe whole show_observe show 203.0.113.7
ask show_covered whole show_covered show 198.51.100.5
ask show_covered_json whole show_covered show 198.51.100.5 --json
ask show_forgotten whole show_forgotten show 203.0.113.7
ask show_unknown whole show_unknown show 2001:db8:7::/64
ask show_unknown_json whole show_unknown show 2001:db8:7::/64 --json
ask check whole check check 203.0.113.7 198.51.100.9
ask check_json whole check check 203.0.113.7 198.51.100.9 --json
ask check_yes whole check_yes check 203.0.113.7
ask check_observe whole check_observe check 203.0.113.7
ask allow_list whole allow_list allow list
ask allow_list_json whole allow_list allow list --json
ask allow_list_empty whole allow_list_empty allow list
ask allow_check whole allow_check allow check 203.0.113.9 198.51.100.9
ask allow_check_json whole allow_check allow check 203.0.113.9 198.51.100.9 --json
ask explain whole explain explain 203.0.113.7
ask explain_json whole explain explain 203.0.113.7 --json
ask explain_old_key whole explain_old_key explain 203.0.113.7
ask explain_level whole explain_level explain 203.0.113.7
ask explain_old whole explain_old explain 203.0.113.7
ask explain_manual whole explain_manual explain 203.0.113.7
ask explain_net whole explain_net explain 203.0.113.9
ask explain_former whole explain_former explain 203.0.113.9
ask explain_lost whole explain_lost explain 2001:db8:7::1
ask explain_allowed whole explain_allowed explain 203.0.113.7
ask explain_allowed_json whole explain_allowed explain 203.0.113.7 --json
ask explain_allowed_net whole explain_allowed_net explain 203.0.113.9
ask explain_allowed_only whole explain_allowed_only explain 203.0.113.7
ask explain_observe whole explain_observe explain 203.0.113.7
ask explain_observe_file whole explain_observe_file explain 203.0.113.7
ask explain_count whole explain_count explain 203.0.113.7
ask explain_next whole explain_next explain 203.0.113.7
ask explain_unbannable whole explain_unbannable explain --account bob@example.org
ask explain_messages whole explain_messages explain 203.0.113.7
ask explain_unbanned whole explain_unbanned explain 203.0.113.7
ask explain_over whole explain_over explain 203.0.113.7
ask explain_unknown whole explain_unknown explain 2001:db8:7::1
ask explain_unknown_json whole explain_unknown explain 2001:db8:7::1 --json
ask explain_hostile whole explain_hostile explain 203.0.113.7
ask explain_hostile_json whole explain_hostile explain 203.0.113.7 --json
ask explain_bare whole explain_bare explain 203.0.113.7
ask explain_beside whole explain_beside explain 203.0.113.7
ask history whole history history
ask history_old_key whole history_old_key history
ask history_json whole history history --json
ask history_of whole history history 203.0.113.7 --since 7d --limit 100
ask history_cut whole history_cut history --limit 1
ask history_hostile whole history_hostile history
ask history_hostile_json whole history_hostile history --json
ask history_nothing whole history_nothing history 198.51.100.9
ask history_none whole history_none history
ask history_nothing_json whole history_nothing history 198.51.100.9 --json
alone history_bad_limit history --limit 1001
alone history_bad_since history --since yesterday
alone history_bad_net history 203.0.113.7/24
alone history_two history 203.0.113.7 198.51.100.9
ask top whole top top
ask top_once whole top top --once
ask top_json whole top top --json
ask top_cut whole top_cut top --limit 2
ask top_cut_json whole top_cut top --json --limit=2
ask top_empty whole top_empty top
ask top_empty_json whole top_empty top --json
ask top_one whole top_one top
ask top_hostile whole top_hostile top
ask top_hostile_json whole top_hostile top --json
ask top_bare whole top_bare top
ask values_banned open list completion values banned
ask values_held whole held completion values held
ask values_nodes whole node_list completion values nodes
ask values_hostile whole values_hostile completion values nodes
ask values_hosts whole values_hosts completion values banned
ask values_refused whole permission completion values banned
ask values_hang hang - completion values banned
alone values_nobody completion values banned
alone values_kind completion values peers
ask stats whole stats stats
ask stats_json whole stats stats --json --since 1d --limit=2
ask stats_empty whole stats_empty stats --since 1h
ask stats_hostile whole stats_hostile stats
ask stats_hostile_json whole stats_hostile stats --json
alone stats_limit stats --limit 101
alone stats_since stats --since soon
ask verify_repair whole verify_repair verify --repair
ask verify_repair_json whole verify_repair verify --repair --timeout 5 --json
ask watch whole watch watch
ask watch_json whole watch watch --json
ask watch_enough whole watch_enough watch 203.0.113.0/24 --kind hit,ban --count 14
ask watch_enough_json pieces watch_enough watch --json --count=14
ask watch_hostile whole watch_hostile watch
ask watch_hostile_json whole watch_hostile watch --json
ask watch_busy whole watch_busy watch
ask watch_busy_json whole watch_busy watch --json
ask watch_closed whole - watch
ask watch_late hang - watch --timeout 1
alone watch_count watch --count 0
alone watch_address watch 203.0.113.300
ask held whole held held
ask held_json whole held held --json
ask held_nothing whole held_nothing held
ask release whole release release
ask release_some whole release release 203.0.113.7 2001:db8:7::1 198.51.100.0/24
ask release_nothing whole release_nothing release 203.0.113.7
ask drop whole drop drop 192.0.2.7
ask drop_json whole drop drop 192.0.2.7 --json
ask peers whole peers peers
ask peers_json whole peers peers --json
ask peers_refusals whole peers_refusals peers
ask peers_unsorted whole peers_unsorted peers
ask peers_none whole peers_none peers
ask node_list whole node_list node list
ask node_list_color whole node_list node list --color always
ask node_list_json whole node_list node list --json
ask node_forget whole node_forget node forget mx3 --reason sold
ask unban_by_node whole unban_by_node unban --by-node mx3 --since 2h --dry-run --reason stolen
ask unban_by_node_json whole unban_by_node unban --by-node mx3 --dry-run --json
ask unban_by_node_few whole unban_by_node_few unban --by-node mx3 --since 2h --reason stolen
ask unban_by_node_many whole unban_by_node_many unban --by-node 5f2e7d --no-input
ask unban_by_node_many_json whole unban_by_node_many unban --by-node mx3 --json
ask unban_by_node_many_yes whole unban_by_node_many unban --by-node mx3 --yes
ask unban_by_node_own whole unban_by_node_own unban --by-node mx1
ask unban_by_node_none whole unban_by_node_none unban --by-node mx1
ask unban_by_node_unknown whole unban_by_node_unknown unban --by-node mx99
alone unban_by_node_since unban --by-node mx3 --since soon
ask status whole status status
ask status_json whole status status --json
ask status_refusals whole status_refusals status
ask status_degraded whole status_degraded status
ask status_degraded_json whole status_degraded status --json
ask status_alerts whole status_alerts status
ask status_alerts_json whole status_alerts status --json
ask status_channels whole status_channels status
ask status_channels_json whole status_channels status --json
ask status_down whole status_down status
ask status_starting whole status_starting status
ask status_bare whole status_bare status
ask status_observe whole status_observe status
ask status_zone whole status_zone status
ask status_rspamd whole status_rspamd status
ask status_rspamd_none whole status_rspamd_none status
ask status_polling whole status_polling status
ask status_no_hit whole status_no_hit status
ask verify whole verify verify
ask verify_json whole verify verify --json
ask verify_different whole verify_different verify
ask verify_different_json whole verify_different verify --json
ask notify_test whole notify_test notify test
ask notify_test_json whole notify_test notify test --json
ask notify_test_good whole notify_test_good notify test mail
ask notify_test_none whole notify_test_none notify test
ask notify_test_unknown whole notify_test notify test smoke
ask reload whole reload reload
ask reload_json whole reload reload --json
ask reload_restart whole reload_restart reload
ask reload_mode whole reload_mode reload
ask reload_refused whole reload_refused reload
ask reload_refused_json whole reload_refused reload --json
ask reload_bans whole reload_bans reload
ask reload_yes whole reload_yes reload --yes

ask digest whole digest digest
ask digest_json whole digest digest --json
ask digest_different whole digest_different digest
ask metrics whole metrics metrics
ask metrics_json whole metrics metrics --json
ask metrics_file whole metrics metrics --textfile "$work/bansync.prom"
if is_wanted metrics_file; then
    count=$((count + 1))
    sed -n '/^--- stdout$/,/^--- stderr$/p' "$here/golden/metrics" | sed '1d;$d' >"$work/wanted"
    if ! cmp "$work/bansync.prom" "$work/wanted" || [ "$(stat -c %a "$work/bansync.prom")" != 644 ]; then
        echo "FAILED metrics_file: the file"
        failures=$((failures + 1))
    fi
fi
ask metrics_file_json whole metrics metrics --textfile "$work/bansync.prom" --json
ask metrics_file_half whole metrics_half metrics --textfile "$work/bansync.prom"
ask metrics_no_folder whole metrics metrics --textfile "$work/none/bansync.prom"
if is_wanted metrics_file_half; then
    count=$((count + 1))
    if ! cmp "$work/bansync.prom" "$work/wanted" || [ "$(ls "$work" | grep -c '^bansync')" -ne 1 ]; then
        echo "FAILED metrics_file_half: the file was touched, or another one was left"
        failures=$((failures + 1))
    fi
fi

# --- The configuration, and the doctor

ask config_show whole config_show config show
ask config_show_json whole config_show config show --json
ask config_show_diff whole config_show_diff config show --diff
ask config_show_defaults whole config_show_defaults config show --defaults
machine_rule=$doctor_rule
ask doctor each doctor doctor --rspamd-config /nonexistent
ask doctor_failing each doctor_failing doctor --rspamd-config /nonexistent
ask doctor_told each doctor_told doctor --rspamd-config /nonexistent
ask doctor_json each doctor doctor --rspamd-config /nonexistent --json
alone doctor_unreachable doctor --rspamd-config /nonexistent
alone doctor_unreachable_json doctor --rspamd-config /nonexistent --json
machine_rule=
printf '[node]\nname = mx1\n[detect]\nlgo = /x\n' >"$work/bad.conf"
printf '[node]\nname = mx1\n[never-ban]\nnet = 192.0.2.1\n[detect]\nlog = /dev/null\n' >"$work/good.conf"
alone config_check config check "$work/good.conf"
alone config_check_json config check "$work/good.conf" --json
alone config_check_bad config check "$work/bad.conf"
alone config_check_bad_json config check "$work/bad.conf" --json
alone config_check_none config check "$work/none.conf"
machine_rule="-e s/^name.=.*/name_=_@HOST@/"
alone config_init config init
alone config_init_minimal config init --minimal
machine_rule=
alone config_init_exists config init --out "$work/good.conf"
alone config_init_no_folder config init --out "$work/none/bansync.conf"
alone config_only config
alone config_typo config shwo
alone help_config config --help
alone help_doctor doctor --help
alone help_config_init config init --help

# config_init_file: what is written is valid, is not overwritten, and is with --force.
config_init_file() {
    count=$((count + 1))
    rm -f "$work/new.conf"
    if ! "$banctl" config init --out "$work/new.conf" || ! "$banctl" config check "$work/new.conf" >/dev/null ||
        "$banctl" config init --minimal --out "$work/new.conf" 2>/dev/null || ! grep -q threshold "$work/new.conf" ||
        ! "$banctl" config init --minimal --out "$work/new.conf" --force || grep -q threshold "$work/new.conf" ||
        ! "$banctl" config check "$work/new.conf" >/dev/null; then
        echo "FAILED config_init_file"
        failures=$((failures + 1))
    fi
}
is_wanted config_init_file && config_init_file

# --- Changes: what is sent, what is said

ask ban whole ban ban 203.0.113.9 --permanent --reason 'abuse ticket 4711'
ask ban_json whole ban --json ban 203.0.113.9 --permanent
ask ban_options_first whole ban --for 1h --wait --force ban -- 203.0.113.9 198.51.100.0/28
ask ban_for_permanent whole ban ban --for=permanent 203.0.113.9
ask ban_unconfirmed whole ban_unconfirmed ban --wait 203.0.113.9
ask ban_unconfirmed_json whole ban_unconfirmed ban --wait 203.0.113.9 --json
ask ban_refused whole ban_refused ban 2001:db8::/32
ask ban_refused_options whole ban_refused ban 2001:db8::/32 --for=2h --reason "it's spam, ticket 4711" --wait
ask ban_refused_options_json whole ban_refused ban 2001:db8::/32 --for 2h --reason="" --json
ask ban_refused_json whole ban_refused ban 2001:db8::/32 --json
ask ban_half whole ban_half ban 203.0.113.9 192.0.2.1
ask ban_half_json whole ban_half ban 203.0.113.9 192.0.2.1 --json
ask unban whole unban unban 203.0.113.9 --wait --reason 'password changed'
ask unban_forget whole unban_forget unban 203.0.113.7 --forget
ask unban_json whole unban unban 203.0.113.9 --json
ask unban_not_banned whole unban_not_banned unban 203.0.113.99
ask unban_covered whole unban_covered unban 203.0.113.9
ask unban_sending whole unban_sending unban 203.0.113.9
ask unban_allow whole unban unban 203.0.113.9 --allow 1h
ask unban_allow_permanent whole unban unban 203.0.113.9 --allow=permanent
ask allow_add whole allow_add allow add 203.0.113.9 --reason office --wait
ask allow_add_json whole allow_add allow add 203.0.113.9 --for 7d --json
ask allow_remove whole allow_remove allow remove 203.0.113.9 --reason moved
ask allow_remove_covered whole allow_remove_covered allow remove 192.0.2.10
ask map_adopt whole map_adopt map adopt --force
ask map_adopt_json whole map_adopt map adopt --json
ask map_adopt_nothing whole map_adopt_nothing map adopt
ask map_discard whole map_discard map discard
SSH_CLIENT='198.51.100.4 51514 22' SSH_CONNECTION='192.0.2.8 1 192.0.2.9 22'
export SSH_CLIENT SSH_CONNECTION
ask ban_ssh whole ban ban 203.0.113.9
ask unban_ssh whole unban unban 203.0.113.9
unset SSH_CLIENT
ask ban_ssh_connection whole ban ban 203.0.113.9
SSH_CONNECTION='nonsense'
ask ban_ssh_nonsense whole ban ban 203.0.113.9
unset SSH_CONNECTION

# --- Lists: what is read, sent and said. A reply has a part for each request: what must be known, a look, the bans

list=$work/list
printf '%s\n' ip,until,reason 198.51.100.7,2027-01-01T00:00:00Z,'"a ""quoted"", word"' 203.0.113.7,never, 2001:db8:7::1,, \
    198.51.100.9,1830297600,ticket not-an-ip,, 198.51.100.9/24,, 198.51.100.7,2026-12-01T00:00:00Z,shorter >"$list.csv"
printf '%s\n' '# a list' '198.51.100.7 ; SBL1' '' '203.0.113.0/24 # wide' >"$list.txt"
printf '%s\n' '# bansync blacklist map. Written by bansyncd: changes made here are lost; use banctl.' 198.51.100.7 2001:db8::1 >"$list.map"
printf '%s\n' '{"schema":"banctl.export/1","bans":[' '{"net":"198.51.100.7/32","until":null,"reason":"ticket","actor":"alice","since":"2026-11-20T07:44:00Z"},' \
    '"203.0.113.7", {"reason":"nothing"}, 7, {"ip":"192.0.2.1","expires":true}]}' >"$list.json"
printf '["198.51.100.7",\n"203.0.113.7"\n' >"$list.half.json"
printf '{"total":0}' >"$list.other.json"
printf 'address,until\n198.51.100.7,\n' >"$list.column.csv"
printf '%s\n' '2026-11-23 09:44:00 #812(normal) <5f3a1c>; task; rspamd_message_parse: loaded message; id: <a@example.org>; size: 7' >"$list.log"
printf '\177ELF\002\001\001\000\000,' >"$list.binary"
printf '[node]\nname = mx1\n' >"$list.conf"
printf 'ip,reason\n198.51.100.7,"open\n203.0.113.7,' >"$list.open.csv"
printf 'bad %s\n' 1 2 3 4 5 6 7 8 9 10 11 12 "$(printf '\033[2J')" >"$list.bad"
awk 'BEGIN { for (i = 1; i <= 101; i++) print "192.0.2." i }' >"$list.many"
printf '%s\n' net,until,reason,account 198.51.100.7,,, ',,stolen,Bob@example.org' ',never,"two, ""words""","dom\eve"' ',,,root' \
    '198.51.100.7,,,both' >"$list.accounts.csv"
printf '%s\n' '# names' 'bob@example.org ; by alice' 'j\xC3\xB6rg\xFF' "$(printf 'a\tb')" >"$list.names"
printf '%s\n' '# bansync blacklist map. Written by bansyncd: changes made here are lost; use banctl.' bob@example.org '"a b"' 'bob # 1' >"$list.users"
: >"$list.empty"
# What is no list, and what of a list may be a secret, is not shown.
printf '%s\n' dGhpcyBpcyBhIHNlY3JldCBrZXkgb2YgYSBub2RlLi4= >"$list.key"
printf '%s\n' 198.51.100.7 dGhpcyBpcyBhIHNlY3JldCBrZXkgb2YgYSBub2RlLi4= 'nobody' \
    'key = 00112233445566778899aabbccddeeff' >"$list.key.txt"
ask import whole import import "$list.csv"
ask import_json whole import import "$list.csv" --json
ask import_dry whole import import "$list.csv" --dry-run --force --for 2d --reason 'bad ones'
ask import_plain whole import_unconfirmed import "$list.txt"
ask import_plain_json whole import_unconfirmed import "$list.txt" --json
ask import_map whole import_unconfirmed import "$list.map" --permanent
ask import_list whole import_already import "$list.json"
ask import_stdin whole import_unconfirmed import - <"$list.txt"
ask import_empty whole import_nothing import "$list.empty"
ask import_all_bad whole import_nothing import "$list.bad"
ask import_all_bad_verbose whole import_nothing import "$list.bad" -v
alone ban_file_key ban -f "$list.key"
ask import_key whole import_nothing import "$list.key"
ask import_key_json whole import_nothing import "$list.key" --json
ask import_key_among whole import_unconfirmed import "$list.key.txt" --dry-run
ask import_key_accounts whole import_nothing import "$list.key" --accounts
ask import_key_among_json whole import_unconfirmed import "$list.key.txt" --dry-run --json
ask import_open whole import_nothing import "$list.open.csv"
ask import_many whole import_many import "$list.many"
ask import_many_json whole import_many import "$list.many" --json --no-input
ask import_many_yes whole import_many import "$list.many" --yes
ask import_died whole import_died import "$list.txt" --yes
ask import_died_json whole import_died import "$list.txt" --yes --json
ask import_full whole import_full import "$list.txt"
ask import_permission whole permission import "$list.txt"
alone import_unreachable import "$list.txt"
alone import_no_file import "$work/none"
alone import_folder import "$work"
alone import_half import "$list.half.json"
alone import_half_json import "$list.half.json" --json
alone import_other import "$list.other.json"
alone import_column import "$list.column.csv"
alone import_column_said import "$list.column.csv" --format csv
alone import_conf import "$list.conf"
alone import_log import "$list.log"
alone import_binary import "$list.binary"
alone import_format import "$list.txt" --format=xml
alone import_no_database import "$list.txt" --format=fail2ban
alone import_fail2ban_stdin import - --format=fail2ban
alone import_help import --help
ask import_accounts whole import_accounts import "$list.accounts.csv" --for 2d --reason 'bad ones'
ask import_accounts_json whole import_accounts import "$list.accounts.csv" --json
ask import_accounts_only whole import_accounts_only import "$list.accounts.csv" --accounts --dry-run
ask import_accounts_plain whole import_accounts_only import "$list.names" --accounts
ask import_accounts_map whole import_accounts_only import "$list.users" --accounts
ask import_accounts_unsaid whole import_nothing import "$list.users"
alone import_accounts_fail2ban import "$list.users" --accounts --format fail2ban
ask export whole export export
ask export_json whole export export --json
ask export_plain whole export export --format plain
ask export_map whole export export --format=map
ask export_empty whole export_empty export
ask export_allowed whole export_allowed export
ask export_allowed_map whole export_allowed export --format map
ask export_empty_json whole export_empty export --format json
ask export_accounts whole export_accounts export
ask export_accounts_json whole export_accounts export --json
ask export_accounts_left whole export_accounts export --format plain
ask export_accounts_only whole export_accounts export --accounts
ask export_accounts_plain whole export_accounts export --accounts --format plain
ask export_accounts_map whole export_accounts export --accounts --format map
ask export_old whole export_old export --json
ask export_half whole export_half export --format plain
ask export_other whole list export
alone export_format export --format=xml
alone export_contradiction export --format=csv --json
alone export_unreachable_json export --json

# --- Operands from a file, and many of them

ask ban_file whole ban ban 203.0.113.9 -f "$list.txt"
ask ban_stdin whole ban ban - <"$list.txt"
printf '# mine\n203.0.113.7\n 198.51.100.9 ; other\n' >"$list.two"
ask check_two whole check check -f "$list.two"
ask ban_many whole ban ban -f "$list.many"
ask ban_many_yes whole ban ban -f "$list.many" --yes
ask unban_many whole unban unban --file="$list.many" --no-input
ask allow_many whole allow_add allow add --file "$list.many"
ask unban_all whole unban_all unban --all --yes --reason 'false alarm'
ask unban_all_no whole unban_all unban --all
ask unban_all_dry whole unban_all_dry unban --all --dry-run
alone file_bad ban -f "$list.bad"
alone file_empty ban -f "$list.empty"
alone file_network check -f "$list.txt"
alone file_twice ban - -f "$list.txt"
alone unban_all_operand unban --all 203.0.113.7
alone unban_all_node unban --all --by-node mx3
alone unban_dry unban 203.0.113.7 --dry-run

# --- Accounts

ask list_account whole list_account list
ask list_account_only whole list_account list --accounts
ask list_account_json whole list_account list --json --accounts
ask show_account whole show_account show --account Bob@example.org
ask show_account_off whole show_account_off show --account bob@example.org
ask show_account_json whole show_account show --account=bob@example.org --json
ask check_account whole check_account check --account bob@example.org 203.0.113.7 --account 'it'"'"'s "odd" \ jörg'
ask check_account_json whole check_account check --account bob@example.org --json
ask explain_account whole explain_account explain --account bob@example.org
ask explain_account_json whole explain_account explain --account bob@example.org --json
ask explain_account_lost whole explain_account_lost explain --account bob@example.org
ask top_account whole top_account top
ask top_account_json whole top_account top --json
ask held_account whole held_account held
ask held_account_json whole held_account held --json
ask history_account whole history_account history --account bob@example.org
ask history_account_json whole history_account history --account bob@example.org --json
ask allow_list_account whole allow_list_account allow list
ask allow_list_account_json whole allow_list_account allow list --json
ask allow_check_account whole allow_check_account allow check --account bob@example.org
ask allow_check_account_json whole allow_check_account allow check --account bob@example.org --json
ask allow_add_account whole allow_add allow add --account bob@example.org 203.0.113.9
ask allow_remove_account whole allow_remove allow remove --account bob@example.org
ask ban_account whole ban_account ban --account bob@example.org --permanent
ask ban_account_json whole ban_account ban --account bob@example.org --account eve 203.0.113.9 --json
ask unban_account whole unban_account unban --account bob@example.org --wait
ask release_account whole release release --account bob@example.org
ask drop_account whole drop drop --account bob@example.org 192.0.2.7
ask status_account whole status_account status
ask status_account_json whole status_account status --json
ask status_account_foreign whole status_account_foreign status
ask verify_account whole verify_account verify
ask verify_account_json whole verify_account verify --json
alone account_empty show --account ''
alone account_long ban --account "$(printf '%0128d' 0)"
alone account_control ban --account "$(printf 'a\033[2J')"
alone account_two show --account bob --account eve
alone account_and_address explain 203.0.113.7 --account bob
alone account_missing ban --account
alone account_of_another top --account bob

# --- An agent that refuses, fails or is not there

ask permission_role whole permission ban 203.0.113.9
ask permission_role_json whole permission ban 203.0.113.9 --json
ask closed_early whole - list
ask closed_half whole list_half list
ask closed_half_json whole list_half list --json
ask reset reset - list
ask broken whole not_json list
ask broken_json whole not_json list --json
ask not_item whole not_item list
ask null_item whole null_item list
ask other_schema whole list check 203.0.113.7
ask other_exit whole other_exit list
ask hang hang - --timeout 1 status
ask hang_json hang - status --timeout=1 --json
ask nobody nobody - list
alone unreachable list
alone unreachable_json list --json
alone socket_option --socket "$work/other/control.sock" list
alone socket_long --socket "$(printf '/%0200d' 0)" list

# --- The command line

alone no_command
alone typo lst
alone typo_json lst --json
alone synonym whitelist add 203.0.113.9
alone synonym_why why 203.0.113.9
alone synonym_two info
alone synonym_json info --json
alone allow_what allow 203.0.113.9
alone allow_what_net allow 2001:db8:7::/48 --for 7d
alone allow_what_word allow sender
alone no_such_command frobnicate
alone word_lift lift 203.0.113.7
alone word_flush flush
alone word_stop stop
alone word_version version
alone word_allow_rm allow rm 203.0.113.7
alone word_node_delete node delete mx3
alone option_until ban 203.0.113.7 --until=1h
alone option_unban_node unban --node mx3
alone option_list_by_node list --by-node mx3
alone typo_option list --jsno
alone typo_option_of_command list --fore
alone typo_option_first --fore ban 203.0.113.9
alone typo_option_json --wiat=1 list --json
alone option_value ban 203.0.113.9 --reason
alone option_no_value list --json=1
alone option_of_another list --for 1h
alone option_short list -x
alone operand_missing ban
alone operand_extra list 203.0.113.9
alone explain_nobody explain
alone explain_network explain 203.0.113.0/24
alone top_operand top 203.0.113.7
alone top_limit_zero top --limit 0
alone top_limit_large top --limit 1001 --once
alone top_limit_bad top --limit=all --json
alone top_unreachable top
alone help_top top --help
alone help_explain help explain
alone operand_export export bans.csv
alone operand_node show mx3
alone operand_node_ban ban mx3 --for 1h
alone option_begun list --perm
alone command_begun hist
alone history_since_bad history --since 3x
alone duration_two ban 203.0.113.9 --for 2d10h
alone operand_second show 203.0.113.9 203.0.113.10
alone address_bad ban 203.0.113.300
alone address_bad_json ban 203.0.113.300 --json
alone address_control ban "$(printf '203.0.113.9\033[2J')"
alone address_bits ban 203.0.113.9/24
alone address_network check 203.0.113.0/24
alone address_not check example.org
alone address_account show bob@example.org
alone duration_bad ban 203.0.113.9 --for 1y
alone duration_zero ban 203.0.113.9 --for 0s
alone duration_twice ban 203.0.113.9 --for 1h --permanent
alone allow_duration_bad unban 203.0.113.9 --allow soon
alone allow_for_nothing allow
alone allow_typo allow ad 203.0.113.9
alone help_allow allow --help
alone help_allow_add allow add --help
alone reason_long ban 203.0.113.9 --reason "$(printf '%0256d' 0)"
alone timeout_bad list --timeout 1m
alone timeout_zero list --timeout 0
alone version --version
alone version_short -V
alone help --help
alone help_word help ban
alone help_list list -h
alone help_group map --help
alone group_only map
alone help_of_nothing help lst
alone group completion
alone group_json completion --json
alone group_typo completion bahs
alone group_typo_first completon bash
alone group_no_such completion fish
alone group_typo_option completion bash --jsno
alone group_operand completion bash more
alone group_help completion --help
alone group_help_word help completion
alone group_command_help completion zsh --help
alone color_bad list --color=sometimes

# --- Keys

alone keygen_no_file keygen
alone keygen_help keygen --help
: >"$work/there"
alone keygen_exists keygen --out "$work/there"
alone keygen_no_folder keygen --out "$work/none/node.key"

# keygen_new [--json]: the file holds one key, the output its public half.
keygen_new() {
    rm -f "$work/node.key"
    count=$((count + 1))
    "$banctl" keygen --out "$work/node.key" "$@" >"$work/stdout" 2>"$work/stderr"
    code=$?
    key='[A-Za-z0-9+/]\{43\}='
    form="$key"
    [ $# -eq 0 ] || form="{\"schema\":\"banctl.keygen/1\",\"public_key\":\"$key\",\"file\":\"$work/node.key\"}"
    if [ $code -ne 0 ] || [ -s "$work/stderr" ] || ! grep -qx "$form" "$work/stdout" ||
        [ "$(wc -l <"$work/stdout")" -ne 1 ] || ! grep -qx "$key" "$work/node.key" ||
        grep -qF "$(grep -v '^#' "$work/node.key")" "$work/stdout"; then
        echo "FAILED keygen_new $*: exit $code"
        cat "$work/stdout" "$work/stderr"
        failures=$((failures + 1))
    fi
}
is_wanted keygen_new && keygen_new && keygen_new --json

# keygen_again: beside a key nothing is written, and its public half is told.
keygen_again() {
    count=$((count + 1))
    rm -f "$work/node.key"
    key=$("$banctl" keygen --out "$work/node.key")
    before=$(cat "$work/node.key")
    "$banctl" keygen --out "$work/node.key" >"$work/stdout" 2>"$work/stderr"
    code=$?
    if [ $code -ne 5 ] || [ "$(cat "$work/node.key")" != "$before" ] || ! grep -qxF "  its public half:  $key" "$work/stderr"; then
        echo "FAILED keygen_again: exit $code"
        cat "$work/stdout" "$work/stderr"
        failures=$((failures + 1))
    fi
}
is_wanted keygen_again && keygen_again

# --- Output that cannot be written is no success

if is_wanted full && [ -w /dev/full ]; then
    count=$((count + 1))
    python3 "$here/fake_agent.py" "$here/replies/list" "$banctl" list >/dev/full 2>"$work/stderr"
    code=$?
    if [ $code -ne 8 ]; then
        echo "FAILED full: exit $code"
        failures=$((failures + 1))
    fi
fi

# --- A folder that this user may not enter

if is_wanted permission_socket && [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    chmod 0755 "$work"
    mkdir -m 0700 "$work/closed"
    cp "$banctl" "$work/banctl"
    set_rules
    rm -f "$work/request"
    setpriv --reuid=65534 --regid=65534 --clear-groups "$work/banctl" --socket "$work/closed/control.sock" list \
        >"$work/stdout" 2>"$work/stderr"
    record permission_socket $? --socket "$work/closed/control.sock" list
fi

# --- Every JSON document is one

if [ -z "$wanted" ]; then
    for golden in "$here"/golden/*_json; do
        count=$((count + 1))
        lines= # of watch each line is one
        case $golden in */watch_*) lines=--json-lines ;; esac
        if ! sed -n '/^--- stdout$/,/^--- stderr$/p' "$golden" | sed '1d;$d' | python3 -m json.tool $lines >/dev/null; then
            echo "FAILED: no JSON in $golden"
            failures=$((failures + 1))
        fi
    done
fi

echo "$count checks, $failures failed"
[ "$failures" -eq 0 ]
