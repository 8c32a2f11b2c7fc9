#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_daemon.sh BIN_DIR SOURCE_DIR: one agent: configuration, start, reload, stop, damage, full disks (see daemon.py).
exec python3 -B "$(dirname "$0")/daemon.py" "$@"
