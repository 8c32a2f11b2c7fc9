#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_terminal.sh BIN_DIR: what banctl writes to a terminal (see terminal.py).
exec python3 -B "$(dirname "$0")/terminal.py" "$@"
