#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_join.sh BIN_DIR SOURCE_DIR: a blank node joins two that hold many bans (see join.py).
exec python3 -B "$(dirname "$0")/join.py" "$@"
