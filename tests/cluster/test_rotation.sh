#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_rotation.sh BIN_DIR SOURCE_DIR: rotation of rspamd's log under mail (see rotation.py).
exec python3 -B "$(dirname "$0")/rotation.py" "$@"
