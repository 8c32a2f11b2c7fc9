#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_mutations.sh BIN_DIR SOURCE_DIR: the simulator catches each planted mistake (see mutations.py).
exec python3 -B "$(dirname "$0")/mutations.py" "$(dirname "$1")/sim" "$2"
