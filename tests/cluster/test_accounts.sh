#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_accounts.sh BIN_DIR SOURCE_DIR: accounts that count and are banned like addresses (see accounts.py).
exec python3 -B "$(dirname "$0")/accounts.py" "$@"
