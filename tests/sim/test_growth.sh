#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test_growth.sh BIN_DIR SOURCE_DIR TOOL_DIR: the bytes of repair grow with the difference, not with what is held; what
# a cluster costs can be measured at all.
set -u
release=$(dirname "$1")/sim/bin/simulate
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# It names the demand that does not hold.
"$release" --growth > "$work/growth" || failed=1
cat "$work/growth"
[ "$(grep -cE '^ *[0-9]+( +[0-9]+){7}$' "$work/growth")" -eq 5 ] || { echo "a row is missing" >&2; failed=1; }

# The smallest cluster of each shape comes to agree in every phase.
for shape in mesh hubs ring; do
    "$release" --scale --nodes 4 --shape $shape > "$work/scale" && continue
    cat "$work/scale"
    failed=1
done
exit $failed
