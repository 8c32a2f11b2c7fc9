#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# sizes.sh SOURCE_DIR: files and functions stay small enough to be read at one go.
#
# Files: at most 400 lines, half of them at most 200. Functions: at most 70 lines, half of them at most 15, 95 % at
# most 55. Tests may be longer.
set -u
shopt -s lastpipe # what ends a pipeline may set failed
export LC_ALL=C
cd "$1" || exit 1
failed=0

# limits WHAT MAXIMUM MEDIAN_MAXIMUM P95_MAXIMUM < "LINES NAME" rows
limits()
{
    sort -n | awk -v what="$1" -v top="$2" -v half="$3" -v most="$4" '
        { size[NR] = $1 }
        $1 > top { printf "%s: %d lines, allowed are %d\n", $2, $1, top > "/dev/stderr"; bad = 1 }
        END {
            if (!NR) { printf "no %s found\n", what > "/dev/stderr"; exit 1 }
            median = size[int((NR + 1) / 2)]; p95 = size[int(NR * 0.95 + 0.999)]
            printf "%d %s: median %d, 95 %% %d, largest %d lines\n", NR, what, median, p95, size[NR]
            if (median > half) { printf "the median of %s is over %d lines\n", what, half > "/dev/stderr"; bad = 1 }
            if (p95 > most) { printf "over 5 %% of %s are longer than %d lines\n", what, most > "/dev/stderr"; bad = 1 }
            exit bad
        }' || failed=1
}

find agent ctl include -name '*.[ch]' -exec awk '
    FNR == 1 && name { print count, name }
    { name = FILENAME; count = FNR }
    END { if (name) print count, name }' {} + | limits files 400 200 400

find agent ctl -name '*.c' | ctags -L - --languages=C --langmap=C:.c --kinds-C=f --fields=+ne -f - 2>/dev/null |
    awk -F'\t' '{
        first = last = 0
        for (i = 4; i <= NF; i++) {
            if ($i ~ /^line:/) first = substr($i, 6)
            if ($i ~ /^end:/) last = substr($i, 5)
        }
        if (last) print last - first + 1, $2 ":" $1
    }' | limits functions 70 15 55
exit $failed
