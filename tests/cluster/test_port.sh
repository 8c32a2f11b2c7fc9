#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_port.sh BIN_DIR SOURCE_DIR: bans out of one cluster and into another, and from elsewhere (see port.py).
exec python3 -B "$(dirname "$0")/port.py" "$@"
