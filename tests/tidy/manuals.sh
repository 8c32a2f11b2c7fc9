#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The manuals and the sample say what option.def says: every option, under its section, with its default and whether
# a reload applies it, and no option that does not exist; manuals.py looks at commands, counters and all else that has
# a table. All manuals are clean. Run as: manuals.sh SOURCE_DIR
set -eu
LC_ALL=C
export LC_ALL

source_dir=${1:?usage: manuals.sh SOURCE_DIR}
table=$source_dir/include/bansync/option.def
sample=$source_dir/conf/bansync.conf
manual=$source_dir/docs/bansync.conf.5
failures=0

fail()
{
    echo "$*" >&2
    failures=$((failures + 1))
}

# SECTION|KEY|TYPE|DEFAULT|RELOAD, one line an option.
options()
{
    sed -n 's/^OPTION("\([^"]*\)", "\([^"]*\)", [a-z0-9_]*, \([a-z]*\), "\([^"]*\)", [^,]*, [^,]*, \([01]\), .*/\1|\2|\3|\4|\5/p' "$table"
}

# SECTION|KEY|STATE|VALUE|COMMENT, one line an option of the sample; STATE is set or unset (commented out), COMMENT the
# text above it.
sampled()
{
    awk '
        /^\[/ { section = substr($0, 2, length($0) - 2); comment = "" }
        /^$/ { comment = "" }
        /^# / { comment = comment " " substr($0, 3) }
        /^#?[a-z0-9_-]+ = / {
            state = sub(/^#/, "") ? "unset" : "set"
            key = $1
            sub(/^[^=]*= /, "")
            print section "|" key "|" state "|" $0 "|" comment
        }' "$sample"
}

# SECTION|KEY|TEXT, one line an option of the manual.
documented()
{
    awk '
        function flush() { if (key != "") print section "|" key "|" text; key = text = "" }
        /^\.S[sh] / { flush(); section = "" }
        /^\.Ss The \[.*\] section$/ { section = $3; gsub(/[][]/, "", section) }
        /^\.El/ { flush() }
        section != "" && /^\.It Cm / { flush(); key = $3; next }
        key != "" { sub(/^\.(Cm|Pa) /, ""); text = text " " $0 }
        END { flush() }' "$manual"
}

# compare < rows of options, sampled and documented, with O, S or D in front: what differs, one a line.
compare()
{
    awk -F'|' -v sample="$sample" -v manual="$manual" '
        function has(text, part) { return index(text, part) > 0 }
        { id = $2 "|" $3; name = "[" $2 "] " $3; kind = $1 }
        kind == "O" { order[++options] = id; names[id] = name; value[id] = $5; effect[id] = $6 ? "Reload" : "Restart" }
        kind == "S" && !(id in sampled) { sampled[id] = substr($0, 3) }
        kind == "D" && !(id in documented) { documented[id] = substr($0, 3) }
        kind != "O" && !(id in names) { print id " is in the manual or the sample, and no option" }
        END {
            for (i = 1; i <= options; i++) {
                id = order[i]; name = names[id]; told = sampled[id]; end = effect[id] "."
                if (told == "") print sample ": " name " is missing"
                else if (!has(told, "|unset|") && !has(told, "|set|" value[id] "|"))
                    print sample ": " name " does not show the default, " value[id]
                marked = has(told, "Restart.") ? "Restart" : "Reload"
                if (marked != effect[id]) print sample ": " name " is marked " marked ", not " effect[id]
                told = documented[id]
                if (told == "") print manual ": " name " is missing"
                else if (has(told, "Default: " value[id] " . " end) || has(told, "Default: " value[id] ". " end)) continue
                else if (!match(told, /Default: .*/) || !has(substr(told, RSTART), ". " end))
                    print manual ": " name " does not end in its default and \"" end "\""
                else if (value[id] != "") print manual ": " name ": the default is " value[id]
            }
        }'
}

# Every option of the table is told, and nothing else.
[ "$(options | wc -l)" -eq "$(grep -c '^OPTION(' "$table")" ] || fail "$table: a line that this test cannot read"
differences=$({ options | sed 's/^/O|/'; sampled | sed 's/^/S|/'; documented | sed 's/^/D|/'; } | compare)
[ -z "$differences" ] || fail "$differences"

python3 -B "$(dirname "$0")/manuals.py" "$source_dir" || failures=$((failures + 1))

# Clean manuals. What they refer to need not be installed here.
if command -v mandoc >/dev/null; then
    for page in "$source_dir"/docs/*.[1-8]; do
        lint=$(mandoc -T lint "$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db') || :
        [ -z "$lint" ] || fail "$lint"
    done
    [ "$(find "$source_dir/docs" -name '*.[1-8]' | wc -l)" -ge 4 ] || fail "fewer than four manuals"
fi

[ "$failures" -eq 0 ]
