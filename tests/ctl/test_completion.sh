#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_completion.sh BIN_DIR SOURCE_DIR: real shells complete banctl's words (see completion.py).
exec python3 -B "$(dirname "$0")/completion.py" "$@"
