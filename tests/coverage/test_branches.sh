#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_branches.sh BIN_DIR SOURCE_DIR: branches.py counts what it should, and fails for each thing it is there for.
set -u
script=$2/tests/coverage/branches.py
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# A tree with one file a ring: 40 branches, 2 of them missing and 6 of assertions.
fresh()
{
    rm -rf "$work/tree"
    mkdir -p "$work/tree/agent/core" "$work/tree/agent/wire" "$work/tree/agent/node"
    cat > "$work/tree/agent/core/sum.c" <<'END'
int sum_of(int a, int b)
{
    assert(a > 0);
    if (a > b || a == 2)
        return a;
    assert(strcmp(")", "a") != 0 &&
           b > 0);
    return b;
}
END
    printf 'int word_size(void)\n{\n    return many();\n}\n' > "$work/tree/agent/wire/word.c"
    printf 'int node_sum(void)\n{\n    return few();\n}\n' > "$work/tree/agent/node/node.c"
    cat > "$work/tree/reasons.txt" <<'END'
# why

agent/core/sum.c sum_of 2,4: if (a > b || a == 2)
    The callers give no such numbers,
    as they look first.
END
    report 1 0 1 0
}

# report COUNT...: how often the four branches of the condition were taken
report()
{
    python3 - "$work/report.json" "$@" <<'END'
import json, sys
def line(number, counts):
    return {'line_number': number, 'count': 1, 'branches': [{'count': int(count)} for count in counts]}
def file(name, function, lines):
    return {'file': name, 'functions': [{'name': function, 'lineno': 1, 'execution_count': 1}], 'lines': lines}
json.dump({'files': [
    file('agent/core/sum.c', 'sum_of', [line(3, [1, 0]), line(4, sys.argv[2:]), line(6, [1, 0]), line(7, [1, 0])]),
    file('agent/wire/word.c', 'word_size', [line(3, [1] * 30)]),
    file('agent/node/node.c', 'node_sum', [line(3, [1] * 6)]),
    file('agent/adapter/clock.c', 'clock_now', [line(1, [0] * 90)]),
]}, open(sys.argv[1], 'w'))
END
}

# run CODE TEXT...: the exit code, and texts that the output has in one line each
run()
{
    "$script" "$work/report.json" "$work/tree" "$work/tree/reasons.txt" > "$work/out" 2>&1
    got=$?
    [ $got -eq "$1" ] || { echo "exit code $got, expected $1:" >&2; cat "$work/out" >&2; failed=1; }
    for text in "${@:2}"; do
        grep -qF -- "$text" "$work/out" && continue
        echo "\"$text\" is missing in:" >&2
        cat "$work/out" >&2
        failed=1
    done
    fresh
}

fresh
run 0 '38 of 40 branches taken (95.00 %), 2 missing, 0 of them without a reason' \
    'left out: 6 branches of assertions' \
    'agent/core/sum.c:4: branch 2 of 4: if (a > b || a == 2)' \
    '    The callers give no such numbers, as they look first.'

sed -i 's/2,4:/2:/' "$work/tree/reasons.txt"
run 1 'no reason: agent/core/sum.c:4: branch 4 of 4'
sed -i 's/2,4:/2,3,4:/' "$work/tree/reasons.txt"
run 1 'fits no branch that was never taken: agent/core/sum.c sum_of 3:'
sed -i 's/sum_of 2/sum_up 2/' "$work/tree/reasons.txt"
run 1 'fits no branch' 'no reason: agent/core/sum.c:4: branch 2 of 4'
sed -i 's/a == 2/a == 3/' "$work/tree/agent/core/sum.c"
run 1 'fits no branch' 'no reason: agent/core/sum.c:4: branch 2 of 4: if (a > b || a == 3)'
sed -i '/^ /d' "$work/tree/reasons.txt"
run 1 'an entry without a reason: agent/core/sum.c: if (a > b || a == 2)'
sed -n 3,4p "$work/tree/reasons.txt" >> "$work/tree/reasons.txt"
run 1 'twice: agent/core/sum.c sum_of 2,4'
echo 'agent/core/sum.c: why not' >> "$work/tree/reasons.txt"
run 1 'reasons.txt:6: not "FILE FUNCTION BRANCHES: SOURCE TEXT"'
rm "$work/tree/reasons.txt"
run 1 'no reason: agent/core/sum.c:4: branch 2 of 4'

touch "$work/tree/agent/core/new.c"
run 1 'not in the report: agent/core/new.c'
sed -i 's/2,4:/2,3,4:/' "$work/tree/reasons.txt"
report 1 0 0 0
run 1 '37 of 40 branches is under 95 %'

[ $failed -eq 0 ] && echo 'branches are counted, and none goes missing silently'
exit $failed
