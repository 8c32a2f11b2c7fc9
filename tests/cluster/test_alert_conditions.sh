#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_alert_conditions.sh BIN_DIR SOURCE_DIR: each thing that [alert] on can name, brought about with real agents and told
# once (see alert_conditions.py). With BANSYNC_NIGHTLY also what takes minutes to be told, and all that is told when it ends.
exec python3 -B "$(dirname "$0")/alert_conditions.py" "$@"
