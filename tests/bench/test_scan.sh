#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_scan.sh BIN_DIR SOURCE_DIR TOOL_DIR: the measurement of scan.py works, a hundredth of its size: the floor, replay,
# the agent and fail2ban find the same hits, and every due ban is in the map. Its figures are of no interest here.
exec python3 -B "$(dirname "$0")/scan.py" "$1" "$3" --quick
