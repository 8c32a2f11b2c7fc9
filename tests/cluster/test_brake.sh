#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_brake.sh BIN_DIR SOURCE_DIR: what the log would ban too fast is held (see brake.py).
exec python3 -B "$(dirname "$0")/brake.py" "$@"
