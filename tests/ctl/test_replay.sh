#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# banctl replay: which lines it counts, their numbers, what it writes of hostile bytes, and its exit codes.
#
# usage: test_replay.sh BIN_DIR|BANCTL

set -u
banctl=$(realpath "$1")
[ -d "$banctl" ] && banctl=$banctl/banctl
here=$(dirname "$(realpath "$0")")
lines=$here/../lines
work=$(mktemp -d "${TMPDIR:-/tmp}/test_replay.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0

header='2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; proxy; rspamd_task_write_log: '
verdict='>, forced: soft reject "Ratelimit "user" exceeded"; score=nan (set by ratelimit)'

# hit ADDRESS ACCOUNT: the line of a hit, without its end; ACCOUNT is a printf format.
hit() {
    printf '%sid: <m@example.org>, qid: <4Q1>, ip: %s, user: ' "$header" "$1"
    # shellcheck disable=SC2059 # bytes are written as octal escapes
    printf "$2"
    printf ', from: <a@example.org>, (default: F (soft reject): [0.00/15.00] []), mime_rcpts: <b@example.net%s' "$verdict"
}

# row N ADDRESS ACCOUNT: what "rows" makes of it.
row() {
    printf '{"line":%s,"address":"%s","bucket":"user","account":"%s","qid":"4Q1"}\n' "$1" "$2" "$3"
}

failed() {
    echo "FAILED $1"
    failures=$((failures + 1))
}

# rows: of what --json --hits writes, the hits: line, address, bucket, account and queue id.
rows() {
    sed -n 's/^{"schema":"banctl.replay\/1","item":"hit",\("line":[0-9]*,"address":"[^"]*"\),"time":"[^"]*","buckets":\[\([^]]*\)\],\(.*\),"message_id":.*/{\1,"bucket":\2,\3}/p'
}

# expect NAME EXIT: runs "banctl replay --json --hits $work/log" and compares its hits with $work/expected.
expect() {
    "$banctl" replay --json --hits "$work/log" >"$work/json" 2>"$work/stderr"
    code=$?
    [ $code = "$2" ] || failed "$1: exit $code, not $2"
    rows <"$work/json" >"$work/stdout"
    diff -u "$work/expected" "$work/stdout" || failed "$1"
}

# Every labelled file: all its rows with an address, and nothing else.
for log in "$lines"/*.log; do
    "$banctl" replay --json --hits "$log" >"$work/stdout" 2>"$work/stderr" || failed "exit with ${log##*/}"
    [ -s "$work/stderr" ] && failed "stderr of ${log##*/}"
    python3 -B "$here/replay_labels.py" "${log%.log}.tsv" <"$work/stdout" || failed "labels of ${log##*/}"
done
"$banctl" replay --json --hits "$lines/users.log" >"$work/stdout"
"$banctl" replay --json --hits - <"$lines/users.log" >"$work/stdin" || failed "exit from standard input"
cmp -s "$work/stdout" "$work/stdin" || failed "standard input"

# Nothing at all.
: >"$work/log"
: >"$work/expected"
expect "empty file" 0

# A last line without LF is no line; a CR belongs to the line's end; LF alone is an empty line.
{ echo; hit 203.0.113.1 alice; printf '\r\n\n'; hit 203.0.113.2 bob; } >"$work/log"
row 2 203.0.113.1 alice >"$work/expected"
expect "unfinished line" 0
echo >>"$work/log"
row 4 203.0.113.2 bob >>"$work/expected"
expect "finished line" 0

# Loopback, unspecified, multicast and absent addresses do not count.
for address in 127.0.0.1 ::1 0.0.0.0 :: 224.0.0.1 ff02::1 ::ffff:127.0.0.1 203.0.113.500 203.0.113.9; do
    hit $address alice
    echo
done >"$work/log"
printf '%sid: <m@example.org>, user: eve, ip: 192.0.2.66, from: <a>, mime_rcpts: <b%s\n' "$header" "$verdict" >>"$work/log"
row 9 203.0.113.9 alice >"$work/expected"
expect "addresses that do not count" 0
"$banctl" replay --hits "$work/log" >"$work/stdout" 2>"$work/stderr" || failed "exit of the plain form"
TZ=UTC "$banctl" replay --hits "$work/log" 2>/dev/null | grep -qE '^ +[0-9]+  2026-11-23T10:00:[0-9]{2}  203' || failed "the time of a hit"
for text in '10 lines' '1 hit$' '1 hit without a client address' '7 hits of loopback' '1 line refused' \
    '    1 from line 8 on: the address is malformed' '0 of 1 sender would be banned by 10 hits in 10m (IPv6: /64)'; do
    grep -q "^$text" "$work/stderr" || failed "summary without '$text'"
done
awk 'NR == 1 { address = index($0, "ADDRESS"); account = index($0, "ACCOUNT") }
     NR == 2 { good = index($0, "203.0.113.9 ") == address && index($0, "alice") == account }
     END { exit !(good && NR == 2) }' "$work/stdout" || failed "table is not aligned"

# Bytes that are not UTF-8 and control bytes are written as text; all else is JSON's to write.
{
    hit 203.0.113.1 'a\377b\303\050\001\033[31m\177'
    echo
    hit 203.0.113.2 'j\303\274rgen "x" \\x0A'
    echo
    hit 203.0.113.3 'c1\302\233'
    echo
} >"$work/log"
{
    row 1 203.0.113.1 'a\\xFFb\\xC3(\\x01\\x1B[31m\\x7F'
    row 2 203.0.113.2 'j\u00FCrgen \"x\" \\x0A'
    row 3 203.0.113.3 'c1\u009B'
} >"$work/expected"
expect "hostile bytes" 0
"$banctl" replay --hits "$work/log" 2>&1 | LC_ALL=C grep -q "$(printf '[\001\033\177\233\377]')" && failed "raw bytes in the table"

# A line too long is skipped and counted, wherever the pieces that are read end; the next one is read.
long() {
    awk -v count="$1" 'BEGIN { while (count-- > 0) printf "x" }'
}
{
    hit 203.0.113.1 one
    echo
    long 65536
    echo
    long 65537
    hit 203.0.113.2 two
    echo
    long 700000
    hit 203.0.113.3 three
    echo
    hit 203.0.113.4 four
    echo
} >"$work/log"
{
    row 1 203.0.113.1 one
    row 5 203.0.113.4 four
} >"$work/expected"
expect "long lines" 0
"$banctl" replay "$work/log" | grep -q '^2 lines over 65536 bytes' || failed "count of long lines"
long 70000 >>"$work/log"
expect "long line without end" 0
"$banctl" replay "$work/log" | grep -q '^the last line has no end' || failed "notice of the last line"

# A line of exactly the greatest length whose LF is in the next piece (pieces are 262,144 bytes).
for i in 1 2 3; do
    long 65535
    echo
done >"$work/log"
{
    long 65536
    echo
    hit 203.0.113.1 one
    echo
} >>"$work/log"
row 5 203.0.113.1 one >"$work/expected"
expect "greatest line" 0
"$banctl" replay "$work/log" | grep -q 'lines over 65536 bytes' && failed "greatest line: skipped"

# Line numbers over many pieces, in a file and through a pipe of small writes.
hit 203.0.113.7 alice >"$work/hit"
awk -v hit="$(cat "$work/hit")" 'BEGIN {
    for (i = 1; i <= 30000; i++)
        print i % 1000 == 0 ? hit : "2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; lua; filler " i
}' >"$work/log"
i=1000
while [ $i -le 30000 ]; do
    row $i 203.0.113.7 alice
    i=$((i + 1000))
done >"$work/expected"
expect "many lines" 0
dd if="$work/log" bs=1013 2>/dev/null | "$banctl" replay --json --hits - >"$work/json" || failed "exit from a pipe"
rows <"$work/json" >"$work/stdout"
diff -u "$work/expected" "$work/stdout" || failed "pipe"

# What cannot be read: exit 2, and a message on stderr or, with --json, one document.
for path in "$work/absent" "$work"; do
    "$banctl" replay "$path" >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || failed "unreadable: exit code"
    [ -s "$work/stdout" ] && failed "unreadable: output"
    grep -q "^banctl: cannot read $path: " "$work/stderr" || failed "unreadable: no message"
    "$banctl" replay --json "$path" >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || failed "unreadable, JSON: exit code"
    [ -s "$work/stderr" ] && failed "unreadable, JSON: text on stderr"
    grep -q "^{\"error\":{\"code\":\"unreadable\",\"exit\":2,\"message\":\"cannot read $path: " "$work/stdout" ||
        failed "unreadable, JSON: no document"
done

# Why there is no hit: said only then, only where it is so, and not with --json.
# clue NAME PATTERN: the summary of $work/log has a line that begins with PATTERN; without PATTERN no clue at all.
clue() {
    "$banctl" replay "$work/log" 2>"$work/stderr" >"$work/stdout" || failed "clue of $1: exit code"
    if [ -n "${2-}" ]; then
        grep -q "^$2" "$work/stderr" || failed "clue of $1: none"
    else
        grep -q '^no line' "$work/stderr" && failed "clue of $1: there is one"
    fi
    "$banctl" replay --json "$work/log" 2>&1 >"$work/stdout" | grep -q . && failed "clue of $1: with --json"
}
for mode in mode-symbol mode-info-symbol-long-message; do
    cp "$lines/$mode.log" "$work/log"
    clue $mode # the lines of a message are joined: nothing hides its sender
done
cp "$lines/users.log" "$work/log"
clue hits
grep -v -e 'ratelimit.lua' -e 'set by ratelimit' "$lines/users.log" >"$work/log"
clue 'no limit exceeded'
grep -v -e 'ratelimit.lua' -e 'set by ratelimit' "$lines/syslog.log" >"$work/log"
clue 'syslog, no limit exceeded'
gzip -c "$lines/users.log" >"$work/log"
clue 'compressed'
printf 'Nov 23 10:00:00 mx1 postfix/smtpd[7]: connect from mail.example.org[203.0.113.7]\n' >"$work/log"
clue 'another log' "no line looks like rspamd's: "
: >"$work/log"
clue empty

# What gzip made is read as it is; cut or damaged it is an error, whatever was read before.
"$banctl" replay --json --hits "$lines/users.log" >"$work/expected"
gzip -c "$lines/users.log" >"$work/log.gz"
"$banctl" replay --json --hits "$work/log.gz" >"$work/stdout" || failed "gzip: exit"
diff -u "$work/expected" "$work/stdout" || failed "gzip"
"$banctl" replay --json --hits - <"$work/log.gz" >"$work/stdout" || failed "gzip on standard input: exit"
diff -u "$work/expected" "$work/stdout" || failed "gzip on standard input"
dd if="$work/log.gz" bs=1013 2>/dev/null | "$banctl" replay --json --hits - >"$work/stdout" || failed "gzip from a pipe: exit"
diff -u "$work/expected" "$work/stdout" || failed "gzip from a pipe"
printf 1 | "$banctl" replay - 2>/dev/null | grep -q '^the last line has no end' || failed "a pipe of one byte"
head -c 2000 "$work/log.gz" >"$work/torn"
"$banctl" replay "$work/torn" >"$work/stdout" 2>"$work/stderr"
[ $? = 2 ] || failed "torn gzip: exit code"
gzip -dc "$work/torn" 2>/dev/null | "$banctl" replay - | grep -E '^[0-9]+ (line|hit)s?$' >"$work/expected"
grep -E '^[0-9]+ (line|hit)s?$' "$work/stdout" | diff -u "$work/expected" - || failed "torn gzip: what could be read is not told"
grep -q 'torn: what gzip made is cut or damaged' "$work/stderr" || failed "torn gzip: no message"

# Who would be banned, by what, and when. at SECOND ADDRESS MESSAGE: a hit of that second and Message-ID.
at() {
    printf '2026-11-23 10:%02d:%02d #77(rspamd_proxy) <aa%04d>; proxy; rspamd_task_write_log: id: <%s>, ip: %s, from: <a>, (default: F (soft reject): [0.00/15.00] [])%s\n' \
        $(($1 / 60)) $(($1 % 60)) "$1" "$3" "$2" ", mime_rcpts: <b@example.net$verdict"
}
{
    for second in 0 10 20 30 40; do
        at $second 203.0.113.1 same@example.org
        at $second 203.0.113.2 "m$second@example.org"
        at $second "2001:db8:0:1::$second" undef
    done
    at 700 203.0.113.1 other@example.org
    at 1000 203.0.113.3 one@example.org
    at 1590 203.0.113.3 two@example.org
    at 1600 203.0.113.3 three@example.org
} >"$work/log"
# due NAME EXPECTED OPTION...: net, hits, messages and due line of each sender.
due() {
    name=$1 expected=$2
    shift 2
    TZ=UTC "$banctl" replay --json "$@" "$work/log" | sed -n 's/.*"sender","net":"\([^"]*\)","hits":\([0-9]*\),"messages":\([0-9]*\),.*"due_line":\([^,]*\),"due":\(.*\)}$/\1 \2 \3 \4 \5/p' >"$work/stdout"
    printf '%s\n' "$expected" | diff -u - "$work/stdout" || failed "due: $name"
}
due 'five in 10 m' '203.0.113.1/32 6 2 13 "2026-11-23T10:00:40Z"
203.0.113.2/32 5 5 14 "2026-11-23T10:00:40Z"
2001:db8:0:1::/64 5 5 15 "2026-11-23T10:00:40Z"
203.0.113.3/32 3 3 null null' --threshold 5
due 'five messages' '203.0.113.1/32 6 2 null null
203.0.113.2/32 5 5 14 "2026-11-23T10:00:40Z"
2001:db8:0:1::/64 5 5 15 "2026-11-23T10:00:40Z"
203.0.113.3/32 3 3 null null' --threshold 5 --count messages
due 'three in 10 m, exactly' '203.0.113.1/32 6 2 7 "2026-11-23T10:00:20Z"
203.0.113.2/32 5 5 8 "2026-11-23T10:00:20Z"
2001:db8:0:1::/64 5 5 9 "2026-11-23T10:00:20Z"
203.0.113.3/32 3 3 null null' --threshold 3 # the first is exactly 10 m before the third: outside
due 'three in 601 s' '203.0.113.1/32 6 2 7 "2026-11-23T10:00:20Z"
203.0.113.2/32 5 5 8 "2026-11-23T10:00:20Z"
2001:db8:0:1::/64 5 5 9 "2026-11-23T10:00:20Z"
203.0.113.3/32 3 3 19 "2026-11-23T10:26:40Z"' --threshold 3 --window 601s
due 'another prefix' '203.0.113.1/32 6 2 null null
203.0.113.2/32 5 5 null null
203.0.113.3/32 3 3 null null
2001:db8:0:1::/128 1 1 null null
2001:db8:0:1::10/128 1 1 null null
2001:db8:0:1::20/128 1 1 null null
2001:db8:0:1::30/128 1 1 null null
2001:db8:0:1::40/128 1 1 null null' --ipv6-prefix 128
TZ=UTC "$banctl" replay --threshold 5 --top 2 "$work/log" >"$work/stdout" || failed "report: exit"
diff -u "$here/replay.report" "$work/stdout" || failed "report"

# Accounts, if they are asked for: whatever the address and the case; a name that may be cut is told, and counts for the address.
{
    for user in bob eve Bob 'j\303\274rg \377' eve BOB "$(printf '%0128d' 0)" bob; do
        count=$((${count:-0} + 1))
        hit 203.0.113.$count "$user"
        echo
    done
    hit 127.0.0.1 bob
    echo
    at 60 203.0.113.9 none@example.org
} >"$work/log"
TZ=UTC "$banctl" replay --threshold 3 --accounts --top 2 "$work/log" >"$work/stdout" || failed "accounts: exit"
diff -u "$here/replay.accounts" "$work/stdout" || failed "accounts"
TZ=UTC "$banctl" replay --threshold 3 --accounts --json "$work/log" | grep -v '"net":"' >"$work/stdout" || failed "accounts in JSON: exit"
diff -u "$here/replay.accounts.json" "$work/stdout" || failed "accounts in JSON"
"$banctl" replay --threshold 3 --json "$work/log" | grep -q '"net":null\|"accounts' && failed "accounts that nobody asked for"

# Options that are wrong.
for options in '--threshold 0' '--threshold 65' '--threshold 1x' '--window 0s' '--window 13h' '--window perm' '--ipv6-prefix 31' \
    '--count all' '--top -1' '--line x'; do
    # shellcheck disable=SC2086 # words
    "$banctl" replay $options "$work/log" >"$work/stdout" 2>"$work/stderr"
    [ $? = 2 ] || failed "$options: exit code"
    [ -s "$work/stdout" ] && failed "$options: output"
done
"$banctl" replay >"$work/stdout" 2>"$work/stderr"
[ $? = 2 ] || failed "no file: exit code"

# Evidence without its message line, at the end too.
grep -v rspamd_task_write_log "$lines/mode-symbol.log" >"$work/log"
"$banctl" replay "$work/log" | grep -q '^[0-9]* messages over a limit without a message line' || failed "unjoined"

# The hour that comes twice: the order of the lines decides, and it is said where.
{
    printf '%s' "$header" | sed 's/2026-11-23 10:00:00/2025-10-26 02:59:50/'
    hit 203.0.113.1 one | sed 's/^[^;]*; proxy; rspamd_task_write_log: //'
    echo
    printf '%s' "$header" | sed 's/2026-11-23 10:00:00/2025-10-26 02:00:10/'
    hit 203.0.113.1 two | sed 's/^[^;]*; proxy; rspamd_task_write_log: //'
    echo
} >"$work/log"
TZ=Europe/Berlin "$banctl" replay "$work/log" | grep -q 'the time of 2 hits (lines 1 to 2) is ambiguous' || failed "ambiguous time"
TZ=Europe/Berlin "$banctl" replay --json --hits "$work/log" | grep -q '"line":2,.*"time":"2025-10-26T01:00:10Z"' || failed "time by the order of lines"
{
    echo '2025-10-26 02:59:50 #77(rspamd_proxy) <aa0001>; lua; filler' # no hit, but it tells the hours apart
    tail -n 1 "$work/log"
} >"$work/log2"
TZ=Europe/Berlin "$banctl" replay --json --hits "$work/log2" | grep -q '"line":2,.*"time":"2025-10-26T01:00:10Z"' || failed "time by the order of all lines"

# What is skimmed over counts as lines, and as bytes that evidence waits for; it is not begun within a line that is too long.
filler='2026-11-23 10:00:00 #77(rspamd_proxy) <ee0001>; lua; filler'
message="${header}id: <a@x>, ip: 203.0.113.9, from: <b>, (default: F (no action): [0/15] [])"
{
    printf '%s\n' "$message"
    grep -m 1 'ratelimit.lua:' "$lines/users.log" | sed "s/.*<[0-9a-f]*>; lua/2026-11-23 10:00:00 #77(rspamd_proxy) <aa0001>; lua/"
    yes "$filler $(printf '%960s' x)" | head -n 4200
    printf '%s\n' "$message"
} >"$work/log3"
"$banctl" replay --json "$work/log3" | grep -q '"lines":4203,.*"hits":0,.*"unjoined":1[,}]' || failed "evidence waits over skimmed lines"
{
    printf '%s\n' "$message" >"$work/first"
    cat "$work/first"
    head -c $((262144 - $(wc -c <"$work/first"))) /dev/zero | tr '\0' x
    printf '%s\n' "$filler"
    hit 203.0.113.9 alice
    echo
} >"$work/log4"
"$banctl" replay --json "$work/log4" | grep -q '"lines":3,.*"hits":1,.*"too_long":1[,}]' || failed "a line behind one that is too long"

# One line, explained. explain NAME LINE TEXT...: each TEXT is in what is written, which is 80 columns wide at most.
explain() {
    name=$1
    "$banctl" replay --line "$2" >"$work/stdout" 2>"$work/stderr" || failed "line: $name: exit"
    shift 2
    for text; do
        grep -qF -- "$text" "$work/stdout" || { cat "$work/stdout"; failed "line: $name: no '$text'"; }
    done
    awk 'length($0) > 80 { exit 1 }' "$work/stdout" || failed "line: $name: too wide"
    LC_ALL=C grep -q "$(printf '[\001\033\177\233\377]')" "$work/stdout" && failed "line: $name: raw bytes"
}
explain hit "$(hit 203.0.113.9 alice)" 'header      file' 'time        2026-11-23 10:00:00.000' 'process     77' 'tag         aa0001' \
    'message-id  m@example.org' 'queue-id    4Q1' 'address     203.0.113.9' 'account     alice' 'bucket      user' 'verdict     a hit'
explain 'an address that does not count' "$(hit 127.0.0.1 alice)" 'verdict     a hit, but such an address never counts'
explain refused "$(hit 203.0.113.500 alice)" 'verdict     refused' 'the address is malformed' \
    '                                           ^'
explain 'no hit by itself' "${header}id: <a@x>, ip: 203.0.113.9, from: <b>, (default: F (no action): [0/15] [])" 'address     203.0.113.9' \
    'verdict     no hit by itself, but one if ratelimit.lua named its task before'
explain 'a blank behind it' "$(hit 203.0.113.9 alice) " 'verdict     no hit by itself' 'only at the end of its line' '                    ^'
cut=$(hit 203.0.113.9 alice)
explain 'a cut line' "${cut%ratelimit)}" 'verdict     no hit by itself' 'it was cut' '                    ^'
explain 'not a log line' hello 'header      unknown'
explain evidence "$(grep -m 1 'ratelimit.lua:' "$lines/users.log")" 'line        evidence' 'bucket      user' \
    'verdict     evidence: the next message line of this process and tag is a hit'
explain 'another program' 'Nov 23 10:00:00 mx1 postfix/smtpd[7]: connect' 'Nov 23 10:00:00 mx1 postfix/smtpd[7]: connect' \
    '                    ^' "verdict     nothing: the header is none of rspamd's"
explain 'hostile bytes' "$(printf '2026-11-23 10:00:00 #77(rspamd_proxy) <a\377\033[31m\001>; x')" '(rspamd_proxy) <a\xFF\x1B[31m\x01>; x' \
    '^'
explain empty '' "verdict     nothing: the header is none of rspamd's"
"$banctl" replay --json --line "$(hit 203.0.113.500 alice)" >"$work/stdout" || failed "line, JSON: exit"
cat >"$work/expected" <<'EOF'
{"schema":"banctl.replay/1","item":"line","verdict":"refused","reason":"the address is malformed","column":116,"column_of":"line","header":"file","time":"2026-11-23 10:00:00.000","pid":77,"tag":"aa0001","kind":"message","message_id":null,"qid":null,"address":null,"account":null,"bucket":"user"}
EOF
diff -u "$work/expected" "$work/stdout" || failed "line, JSON"
# Each line of a log is explained as it is read: what is a hit there by its own line is one here.
for log in handmade; do
    number=0
    while IFS= read -r line; do
        number=$((number + 1))
        "$banctl" replay --json --line "$line" >"$work/stdout" || failed "line $number of $log: exit"
        kind=$(sed -n "$((number + 1))p" "$lines/$log.tsv" | cut -f 3)
        address=$(sed -n "$((number + 1))p" "$lines/$log.tsv" | cut -f 4)
        verdict=$(sed 's/.*"verdict":"\([a-z]*\)".*/\1/' "$work/stdout")
        case $kind.$verdict in
        limited.hit) grep -qF "\"address\":\"$address\"" "$work/stdout" || failed "line $number of $log: address" ;;
        limited.unattributable) [ "$address" = - ] || failed "line $number of $log: unattributable" ;;
        evidence.evidence | limited-cut.refused | limited-cut.nothing | *.nothing | none.refused) [ "$kind" = limited ] && failed "line $number of $log" ;;
        *) failed "line $number of $log: $kind is told as $verdict" ;;
        esac
    done <"$lines/$log.log"
done

# Output that does not arrive is no success.
if [ -w /dev/full ]; then
    "$banctl" replay --json "$lines/users.log" >/dev/full 2>/dev/null && failed "full disk"
fi

[ $failures = 0 ] && echo "ok"
[ $failures = 0 ]
