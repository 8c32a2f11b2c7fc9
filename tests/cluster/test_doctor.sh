#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_doctor.sh BIN_DIR SOURCE_DIR: what banctl doctor finds beside a real rspamd (see doctor.py).
exec python3 -B "$(dirname "$0")/doctor.py" "$@"
