#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# banned.sh SOURCE_DIR: what this source does without.
#
#   - functions that cannot bound what they write, guess at bad input, start a shell, or know time zones (the one
#     exception: localtime_r in agent/adapter/clock.c and its test, and where the tests of core get zones)
#   - NDEBUG: assertions are always on
#   - notes about work left to do
#   - tests that sleep: they wait for a condition, with a deadline. The pause between two looks at a condition bears the
#     words "poll interval" on its line
set -u
export LC_ALL=C
cd "$1" || exit 1
failed=0

# banned WHY REGEX FILE...: prints the lines that match, comments of C removed
banned()
{
    why=$1 regex=$2
    shift 2
    [ $# -gt 0 ] || return
    rows=$(awk -v regex="$regex" '
        FNR == 1 { inside = 0 }
        {
            line = $0
            if (FILENAME ~ /\.[ch]$/) {
                if (inside) { if (!sub(/^.*\*\//, "", line)) next; inside = 0 }
                gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", line)
                if (sub(/\/\*.*$/, "", line)) inside = 1
            }
        }
        line ~ regex { printf "%s:%d: %s\n", FILENAME, FNR, $0 }' "$@")
    [ -n "$rows" ] || return
    printf '%s:\n%s\n' "$why" "$rows" >&2
    failed=1
}

mapfile -t sources < <(find agent ctl include tests -name '*.[ch]' | sort)
mapfile -t product < <(printf '%s\n' "${sources[@]}" | grep -v '^tests/')
mapfile -t timeless < <(printf '%s\n' "${sources[@]}" | grep -vE '^((agent/adapter/|tests/adapter/test_)clock|tests/core/zone)\.c$')
mapfile -t tests < <(find tests -name '*.[ch]' -o -name '*.sh' -o -name '*.py' -o -name '*.txt' |
    grep -vE '^tests/(tidy|lines)/' | sort)
mapfile -t all < <(find . \( -name .git -o -name 'build*' \) -prune -o -type f -print |
    grep -vE '^\./(tests/(tidy|lines|fuzz/[^/]+)/|LICENSE$)' | sort)

word='(^|[^A-Za-z0-9_])'
banned "functions that this code base does without" \
    "$word(strcpy|strcat|sprintf|vsprintf|gets|strtok|strtok_r|atoi|atol|atoll|atof|system|popen|sscanf|fscanf|scanf|alloca|tmpnam|mktemp)[ ]*\\(" \
    "${sources[@]}"
banned "functions that use a hidden buffer or the time zone" \
    "$word(localtime|gmtime|ctime|asctime|localtime_r)[ ]*\\(" "${timeless[@]}"
banned "assertions are never compiled out" "NDEBUG" "${sources[@]}"
banned "work left to do" "$word(TODO|FIXME|XXX|HACK)([^A-Za-z0-9_X]|$)" "${all[@]}"
banned "fixed sleeps in tests" \
    "^(([^#]|#.*include)*[^A-Za-z0-9_.])?(sleep[ ]+[0-9\$]|(time\\.)?sleep[ ]*\\(|usleep[ ]*\\(|nanosleep[ ]*\\()" \
    $(grep -LE 'poll interval' "${tests[@]}")
for file in $(grep -lE 'poll interval' "${tests[@]}"); do
    rows=$(grep -nE '(^|[^A-Za-z0-9_])(u|nano)?sleep([ ]+[0-9$]|[ ]*\()' "$file" | grep -v 'poll interval')
    [ -z "$rows" ] || { printf 'fixed sleeps in tests:\n%s: %s\n' "$file" "$rows" >&2; failed=1; }
done
grep -nE -- '-D *NDEBUG|add_(compile_)?definitions\(.*NDEBUG' CMakeLists.txt tests/CMakeLists.txt && failed=1

[ $failed -eq 0 ] && echo "${#product[@]} files of the programs and ${#tests[@]} of the tests are free of it"
exit $failed
