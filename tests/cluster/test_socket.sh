#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_socket.sh BIN_DIR SOURCE_DIR: abuse of the control socket (see net_socket.py).
exec python3 -B "$(dirname "$0")/net_socket.py" "$@"
