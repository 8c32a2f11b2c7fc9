#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_ipv6.sh BIN_DIR SOURCE_DIR: IPv6 senders with real rspamd, and agents that talk over IPv6 (see ipv6.py).
exec python3 -B "$(dirname "$0")/ipv6.py" "$@"
