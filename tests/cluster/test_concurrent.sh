#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_concurrent.sh BIN_DIR SOURCE_DIR: counting and unbanning with agents that come and go (see concurrent_hits.py).
exec python3 -B "$(dirname "$0")/concurrent_hits.py" "$@"
