#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_examples.sh BIN_DIR: the examples of bansync-protocol(7) against a real agent (see examples.py).
exec python3 -B "$(dirname "$0")/examples.py" "$@"
