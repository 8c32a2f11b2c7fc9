#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_churn.sh BIN_DIR SOURCE_DIR: a log that is rotated in every way while the agent is killed again and again (see
# churn.py).
exec python3 -B "$(dirname "$0")/churn.py" "$@"
