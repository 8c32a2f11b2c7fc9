#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_main_job.sh BIN_DIR SOURCE_DIR: ten hits over three nodes with real rspamd ban everywhere (see main_job.py).
exec python3 -B "$(dirname "$0")/main_job.py" "$@"
