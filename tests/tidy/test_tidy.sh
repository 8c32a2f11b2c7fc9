#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_tidy.sh BIN_DIR SOURCE_DIR: each house rule can fail.
#
# A small tree that keeps all rules passes every check; then one offense at a time is planted, and the check that is
# for it must fail and name it.
set -u
source=$2
rules=$source/tests/tidy
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
spdx='/* SPDX-License-Identifier: Apache-2.0 */'

# put FILE LINE...: a source file with the license line
put()
{
    mkdir -p "$work/tree/$(dirname "$1")"
    case $1 in
    *.[ch]) printf '%s\n' "$spdx" "${@:2}" ;;
    *) printf '%s\n' '# SPDX-License-Identifier: Apache-2.0' "${@:2}" ;;
    esac > "$work/tree/$1"
}

fresh()
{
    rm -rf "$work/tree"
    put include/bansync/limits.h '#ifndef LIMITS_H' '#define LIMITS_H' '#define NAME_BYTES_MAX 63' '#endif'
    put agent/core/sum.h '#ifndef SUM_H' '#define SUM_H' 'int sum_of(int a, int b);' '#endif'
    put agent/core/sum.c '#include "sum.h"' 'int sum_of(int a, int b)' '{' '    return a + b;' '}'
    put agent/wire/word.h '#ifndef WORD_H' '#define WORD_H' 'int word_size(void);' '#endif'
    put agent/wire/word.c '#include "word.h"' 'int word_size(void)' '{' '    return 4;' '}'
    put agent/node/node.h '#ifndef NODE_H' '#define NODE_H' 'int node_sum(void);' '#endif'
    put agent/node/node.c '#include "node.h"' '#include "sum.h"' '#include "word.h"' \
        'int node_sum(void)' '{' '    return sum_of(word_size(), 1);' '}'
    put agent/adapter/clock.h '#ifndef CLOCK_H' '#define CLOCK_H' 'int clock_read(void);' '#endif'
    put agent/adapter/clock.c '#include "clock.h"' 'int clock_read(void)' '{' '    return 0;' '}'
    put ctl/banctl.c '#include <bansync/limits.h>' 'int main(void)' '{' '    return 0;' '}'
    put tests/core/test_sum.c 'int main(void)' '{' '    return 0;' '}'
    for file in CMakeLists.txt demo.sh test.sh .ci/run .ci/packages.sh tests/CMakeLists.txt; do
        put "$file"
    done
    cp "$source/.clang-format" "$work/tree/"
}

# names RULE EXPECTED_TEXT: the rule fails and says so, after something was planted
names()
{
    if "$rules/$1.sh" "$work/tree" > "$work/out" 2>&1; then
        echo "$1.sh did not see: $2" >&2
        failed=1
    elif ! grep -qF -- "$2" "$work/out"; then
        echo "$1.sh does not name: $2; it said:" >&2
        cat "$work/out" >&2
        failed=1
    fi
}

# fails RULE EXPECTED_TEXT: the same; then the tree is as it was
fails()
{
    names "$@"
    fresh
}

fresh
for rule in alone banned format includes pure sizes; do
    "$rules/$rule.sh" "$work/tree" > "$work/out" 2>&1 && continue
    echo "$rule.sh fails on a clean tree:" >&2
    cat "$work/out" >&2
    failed=1
done

tree=$work/tree
core=$tree/agent/core/sum.c

printf '#include <time.h>\nlong sum_now(void);\nlong sum_now(void)\n{\n    return time(0);\n}\n' >> "$core"
fails pure 'core is not pure: time, wanted by sum.c'
printf 'int *sum_last(void);\nint *sum_last(void)\n{\n    static int last;\n    return &last;\n}\n' >> "$core"
fails pure 'core has a mutable global: last'
printf '#include <stdio.h>\nvoid word_say(void);\nvoid word_say(void)\n{\n    puts("x");\n}\n' >> "$tree/agent/wire/word.c"
fails pure 'wire is not pure: puts, wanted by word.c'
printf '#include <unistd.h>\nint node_id(void);\nint node_id(void)\n{\n    return getpid();\n}\n' >> "$tree/agent/node/node.c"
fails pure 'node is not pure: getpid, wanted by node.c'

sed -i '2i #include "word.h"' "$core"
fails includes 'agent/core/sum.c:2: "word.h" is not in a ring that agent/core may see'
sed -i '2i #include "sum.h"' "$tree/agent/adapter/clock.c"
fails includes '"sum.h" is not in a ring that agent/adapter may see'
put agent/adapter/bus.h '#ifndef BUS_H' '#define BUS_H' 'int bus_send(void);' '#endif'
sed -i '2i #include "bus.h"' "$tree/ctl/banctl.c"
fails includes '"bus.h" is not in a ring that ctl may see'
put agent/core/other.h '#include "sum.h"'
sed -i '2i #include "other.h"' "$core"
fails includes 'modules that include each other'
sed -i '2i #include <zmq.h>' "$core"
fails includes 'agent/core/sum.c: <zmq.h> belongs into agent/adapter/*.c'
put agent/adapter/bus.c '#include <zmq.h>'
sed -i '2i #include <zmq.h>' "$tree/agent/adapter/clock.c"
fails includes '<zmq.h> is in more than one file: agent/adapter/bus.c agent/adapter/clock.c'
put ctl/grid.c '#include <libsmartcols.h>'
sed -i '2i #include <libsmartcols.h>' "$tree/ctl/banctl.c"
fails includes '<libsmartcols.h> is in more than one file: ctl/banctl.c ctl/grid.c'
sed -i '2i #include <sodium.h>' "$tree/agent/adapter/clock.c"
fails includes '<sodium.h> belongs into agent/core/hash.c agent/adapter/keyfile.c'
sed -i '2i #include <msgpack/object.h>' "$tree/agent/wire/word.c"
fails includes 'part of a library'
printf 'size_t sum_size(void);\n' >> "$tree/agent/core/sum.h"
fails includes 'agent/core/sum.h does not compile alone'

yes '' | head -n 400 >> "$core"
fails sizes 'agent/core/sum.c: 406 lines'
{ printf 'int sum_long(void)\n{\n'; yes '    ;' | head -n 68; printf '}\n'; } >> "$core"
fails sizes 'agent/core/sum.c:sum_long: 71 lines'

for call in 'strcpy(a, b)' 'sprintf (a, b)' 'atoi(a)' 'system(a)' 'sscanf(a, b)' 'alloca(1)' 'gmtime(t)' \
    'localtime_r(t, u)'; do
    echo "int x = $call;" >> "$core"
    fails banned "$call"
done
echo '#define NDEBUG' >> "$core"
fails banned 'assertions are never compiled out'
printf '%s: later\n' 'TO''DO' >> "$tree/demo.sh"
fails banned 'work left to do'
for call in 'sle''ep 1' 'sle''ep $delay'; do
    put tests/core/test_sum.sh "while :; do $call; done"
    fails banned 'fixed sleeps in tests'
done
for call in 'sle''ep(1);' 'use''ep(1000);' 'nanosle''ep(&t, 0);'; do
    call=${call/useep/usleep}
    echo "    $call" >> "$tree/tests/core/test_sum.c"
    fails banned 'fixed sleeps in tests'
done

sed -i 's/    return/  return/' "$core"
fails format 'clang-format-violations'
sed -i 1d "$core"
fails format 'agent/core/sum.c: the first line is not the SPDX line'
sed -i 1d "$tree/demo.sh"
fails format 'demo.sh: the first line is not the SPDX line'

echo 'cat ../shar''ed/x' >> "$tree/demo.sh"
fails alone "paths of somebody's machine"
echo 'ls /ho''me/alice' >> "$tree/demo.sh"
fails alone "paths of somebody's machine"
for address in 8.8.8.8 203.0.114.1 172.32.0.1; do
    echo "ping $address" >> "$tree/demo.sh"
    fails alone "demo.sh:2: $address"
done
echo 'mail alice@gmail.com' >> "$tree/demo.sh"
fails alone 'mail addresses'

# The manuals: of the real source, as they must fit it.
rm -rf "$work/tree"
mkdir -p "$work/tree"
(cd "$source" && cp -r --parents docs include conf/bansync.conf agent/alert.c agent/adapter agent/command agent/wire ctl "$work/tree/")

# mistaken RULE FILE SED_SCRIPT EXPECTED_TEXT: after an edit of the source or of a manual
mistaken()
{
    sed -i "$3" "$work/tree/$2"
    cmp -s "$source/$2" "$work/tree/$2" && { echo "nothing to edit in $2: $3" >&2; failed=1; }
    names "$1" "$4"
    cp "$source/$2" "$work/tree/$2"
}

# mistold FILE SED_SCRIPT EXPECTED_TEXT
mistold()
{
    mistaken manuals "$@"
}

"$rules/manuals.sh" "$work/tree" > "$work/out" 2>&1 || { echo "manuals.sh fails on the source:" >&2; cat "$work/out" >&2; failed=1; }

include=include/bansync
mistold $include/command.def '$aCOMMAND(x, "frob", read, "", "", "x")' 'docs/banctl.1: command frob is missing'
mistold $include/command.def '$aCOMMAND(x, "completion frob", local, "", "", "x")' 'command completion frob is missing'
mistold $include/command.def '/^COMMAND(peers,/d' 'docs/banctl.1: there is no command peers'
mistold $include/command.def 's/^\(COMMAND(unban,.*\) --dry-run/\1 --dry-run --frob/' 'docs/banctl.1: option --frob of unban is missing'
mistold $include/command.def 's/^\(COMMAND(unban,.*\)--reason=TEXT/\1/' 'docs/banctl.1: unban takes no option --reason'
mistold $include/command.def 's/--for=DURATION/--for/' 'docs/banctl.1: --for takes no value'
mistold $include/command.def 's/^COMMAND(check, "check", read, "IP..."/COMMAND(check, "check", read, ""/' 'check is told with other operands'
mistold $include/command.def 's/^COMMAND(reload, "reload", admin/COMMAND(reload, "reload", read/' \
    'there is no command with the role admin reload'
mistold $include/command.def 's/^COMMAND(peers, "peers", read/COMMAND(peers, "peers", admin/' \
    'command with the role admin peers is missing'
mistold docs/banctl.1 's/^\.It Ic check /.It Ic chekc /' 'docs/banctl.1: there is no command chekc'
mistold docs/banctl.1 '/^\.It Fl Fl textfile/s/textfile/frob/' 'docs/banctl.1: there is no option --frob'
mistold docs/banctl.1 '/^\.It Fl Fl wait/d' 'docs/banctl.1: option --wait is missing'
mistold docs/banctl.1 '/^\.It Fl Fl socket/d' 'docs/banctl.1: option --socket is missing'
mistold docs/banctl.1 's/^\.It 7$/.It 9/' 'docs/banctl.1: there is no exit code 9'
mistold docs/bansyncd.8 's/^\.It 78$/.It 77/' 'docs/bansyncd.8: exit code 78 is missing'
mistold docs/bansyncd.8 's/banctl 1 Cm replay/banctl 1 Cm frob/' 'docs/bansyncd.8: there is no command frob'
mistold ctl/options.c 's/{"json", NULL,/{"jason", NULL,/' 'docs/banctl.1: option --jason is missing'
mistold $include/control.h 's/EXIT_INTERNAL = 8,/&\n    EXIT_FROB = 9,/' 'docs/banctl.1: exit code 9 is missing'
mistold $include/counter.def '$aCOUNTER(frobs, 0, "x")' 'docs/bansyncd.8: counter frobs is missing'
mistold $include/counter.def '/^COUNTER(unbans,/d' 'docs/bansyncd.8: there is no counter unbans'
mistold $include/counter.def 's/^COUNTER(bans, 0/COUNTER(bans, 1/' 'docs/bansyncd.8: alarm bans is missing'
mistold $include/metric.def '$aMETRIC(frobs, "", "x")' 'docs/bansyncd.8: metric bansync_frobs is missing'
mistold $include/metric.def '/^METRIC(subjects,/d' 'docs/bansyncd.8: there is no metric bansync_subjects'
mistold $include/metric.def 's/^METRIC(bans, "kind"/METRIC(bans, "sort"/' 'the label of bansync_bans is "sort"'
mistold $include/list.def '$aLIST_SOURCE(FROB, "frob")' 'docs/banctl.1: word of --source frob is missing'
mistold docs/banctl.1 's/^\.Li expires ,$/.Li expiry ,/' 'docs/banctl.1: there is no word of --sort expiry'
mistold agent/command/command.c 's/{"wait", MEMBER_BOOL}/{"weight", MEMBER_BOOL}/' 'member of a request weight is missing'
mistold docs/bansync-protocol.7 '/^\.It Sy force Ta/s/force/frob/' 'there is no member of a request frob'
mistold agent/wire/message.h 's/NACK_QUOTA = 6,/&\n    NACK_FROB = 7,/' 'reason of NACK 7 is missing'
mistold docs/bansync-protocol.7 's/, 6 quota\.$/./' 'reason of NACK 6 is missing'
mistold agent/command/digest.c 's|banctl.digest/1|banctl.digest/2|' 'schema banctl.digest/2 is missing'
mistold docs/bansync-protocol.7 's|banctl.show/1|banctl.shown/1|' 'there is no schema banctl.shown/1'
mistold $include/option.def '$aOPTION("map", "frob", f, text, "", 0, 0, 1, "x")' '[map] frob is missing'
mistold docs/bansync.conf.5 's/^\.It Cm threshold/.It Cm thresh/' 'detect|thresh is in the manual or the sample'
for manual in banctl.1 bansyncd.8 bansync-protocol.7 bansync.conf.5; do
    mistold docs/$manual '$a.Frob' "$manual"
done

# What to do about each reason of status.
untold()
{
    mistaken operations "$@"
}
untold agent/command/judge.c 's/log: no new line/log: not a line/' 'what to do about'
untold agent/alert.c 's/alerts: %s since/alerts: %s vanish/' 'what to do about'
untold $include/counter.def 's/^COUNTER(bans, 0/COUNTER(bans, 1/' 'what to do about'
untold docs/OPERATIONS.md '/^| `clone:/d' 'what to do about'

[ $failed -eq 0 ] && echo "every rule can fail"
exit $failed
