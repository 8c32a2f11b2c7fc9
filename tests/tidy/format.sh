#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# format.sh SOURCE_DIR: the source looks as .clang-format says, and every file names its license first.
set -u
cd "$1" || exit 1
failed=0

mapfile -t sources < <(find agent ctl include tests -name '*.[ch]' | sort)
clang-format --dry-run -Werror --style=file "${sources[@]}" || failed=1

mapfile -t files < <(find agent ctl include tests -name '*.[ch]' -o -name '*.def' -o -name '*.sh' -o -name '*.py' \
    -o -name CMakeLists.txt; ls CMakeLists.txt demo.sh test.sh .ci/run .ci/packages.sh)
for file in "${files[@]}"; do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2\.0' && continue
    echo "$file: the first line is not the SPDX line" >&2
    failed=1
done
exit $failed
