#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# operations.sh SOURCE_DIR: docs/OPERATIONS.md tells what to do about each reason of status (see operations.py).
exec python3 -B "$(dirname "$0")/operations.py" "$@"
