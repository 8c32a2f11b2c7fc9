#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_growth.sh BIN_DIR: ten times the length never takes more than twelve times the instructions (see growth.py).
exec python3 -B "$(dirname "$0")/growth.py" "$(dirname "$1")/sim/tests/bin/scan"
