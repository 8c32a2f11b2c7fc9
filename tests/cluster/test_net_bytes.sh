#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_net_bytes.sh BIN_DIR SOURCE_DIR: what a quiet cluster and a repair cost, in bytes (see net_bytes.py).
exec python3 -B "$(dirname "$0")/net_bytes.py" "$@"
