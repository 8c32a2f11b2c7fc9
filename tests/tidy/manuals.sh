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

check_option()
{
    section=$1 key=$2 type=$3 default=$4 reload=$5
    name="[$section] $key"
    case $reload in
    0) takes_effect=Restart ;;
    *) takes_effect=Reload ;;
    esac

    entry=$(sampled | grep "^$section|$key|" | head -n 1) || :
    case $entry in
    '') fail "$sample: $name is missing" ;;
    *"|unset|"*) ;;
    *"|set|$default|"*) ;;
    *) fail "$sample: $name does not show the default, $default" ;;
    esac
    case $entry in
    *Restart.*) marked=Restart ;;
    *) marked=Reload ;;
    esac
    [ "$marked" = "$takes_effect" ] || fail "$sample: $name is marked $marked, not $takes_effect"

    entry=$(documented | grep "^$section|$key|") || :
    case $entry in
    '') fail "$manual: $name is missing" ;;
    *"Default: $default . $takes_effect."* | *"Default: $default. $takes_effect."*) ;;
    *"Default: "*". $takes_effect."*) [ -z "$default" ] || fail "$manual: $name: the default is $default" ;;
    *) fail "$manual: $name does not end in its default and \"$takes_effect.\"" ;;
    esac
}

# Every option of the table is told.
[ "$(options | wc -l)" -eq "$(grep -c '^OPTION(' "$table")" ] || fail "$table: a line that this test cannot read"
known=$(options | cut -d'|' -f1,2)
while IFS='|' read -r section key type default reload; do
    check_option "$section" "$key" "$type" "$default" "$reload"
done <<EOF
$(options)
EOF

# Nothing else is told.
for told in $(documented | cut -d'|' -f1,2) $(sampled | cut -d'|' -f1,2); do
    echo "$known" | grep -qxF "$told" || fail "$told is in the manual or the sample, and no option"
done

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
