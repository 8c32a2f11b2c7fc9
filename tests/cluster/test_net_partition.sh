#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_net_partition.sh BIN_DIR SOURCE_DIR: a node is cut off, both sides go on, and they meet again (see net_partition.py).
exec python3 -B "$(dirname "$0")/net_partition.py" "$@"
