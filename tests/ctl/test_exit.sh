#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_exit.sh BIN_DIR: every exit code of banctl, from a real agent where it comes from one (see exits.py).
exec python3 -B "$(dirname "$0")/exits.py" "$@"
