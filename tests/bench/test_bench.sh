#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_bench.sh BIN_DIR SOURCE_DIR TOOL_DIR: the benchmark suite works, at a hundredth of its size and without peers: all sides
# of every row do the same work and have a figure. What the figures are is of no interest here. And the published table is what
# its report says.
here=$(dirname "$0")
python3 -B "$here/suite.py" --tiny --bins "$1" --tools "$3" || exit 1
[ ! -e "$2/docs/benchmarks.json" ] ||
    python3 -B "$here/document.py" "$2/docs/benchmarks.json" | diff - "$2/docs/BENCHMARKS.md"
