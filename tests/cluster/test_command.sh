#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_command.sh BIN_DIR SOURCE_DIR: every command of banctl in a cluster of three (see command.py).
exec python3 -B "$(dirname "$0")/command.py" "$@"
