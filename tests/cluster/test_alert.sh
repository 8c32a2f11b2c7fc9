#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_alert.sh BIN_DIR SOURCE_DIR: one mail for each ban, through a real Postfix (see alert.py). Skipped without root.
exec python3 -B "$(dirname "$0")/alert.py" "$@"
