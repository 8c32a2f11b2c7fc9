#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_hostile.sh BIN_DIR SOURCE_DIR: hostile mail through Postfix and rspamd (see hostile.py).
exec python3 -B "$(dirname "$0")/hostile.py" "$@"
