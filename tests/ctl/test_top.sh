#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_top.sh BIN_DIR: banctl top on a terminal (see top.py).
exec python3 -B "$(dirname "$0")/top.py" "$@"
