#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_alert_channels.sh BIN_DIR SOURCE_DIR: alerts by a web server and a program, from the spool, whatever ends the agent
# (see alert_channels.py). With BANSYNC_NIGHTLY also the node that should tell killed at every step, among three.
exec python3 -B "$(dirname "$0")/alert_channels.py" "$@"
