#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_takeover.sh BIN_DIR SOURCE_DIR TOOL_DIR: starting beside an old map, lost databases, mode observe (see takeover.py).
exec python3 -B "$(dirname "$0")/takeover.py" "$@"
