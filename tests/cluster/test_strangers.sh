#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_strangers.sh BIN_DIR SOURCE_DIR TOOL_DIR: who has no key, the wrong one, or talks nonsense is refused, and the others go on (see net_strangers.py).
exec python3 -B "$(dirname "$0")/net_strangers.py" "$@"
