#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_source.sh BIN_DIR SOURCE_DIR: hits that a real rspamd tells by its socket, beside its log (see source.py).
exec python3 -B "$(dirname "$0")/source.py" "$@"
