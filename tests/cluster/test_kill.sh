#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_kill.sh BIN_DIR SOURCE_DIR: kill -9 under continuous mail (see kill.py).
exec python3 -B "$(dirname "$0")/kill.py" "$@"
