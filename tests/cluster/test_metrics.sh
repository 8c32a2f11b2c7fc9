#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_metrics.sh BIN_DIR SOURCE_DIR: digest and metrics of a cluster of three (see metrics.py).
exec python3 -B "$(dirname "$0")/metrics.py" "$@"
