#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# test_install.sh BIN_DIR SOURCE_DIR: docs/INSTALL.md, followed to the letter on three fresh Debian 12 (see install.py).
# Takes root and a Debian mirror, else it is skipped (77).
#
# In namespaces of its own, so that whatever happens no mount and no process outlives it.
skip()
{
    echo "skipped: $*"
    exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
for program in debootstrap dpkg-shlibdeps cmake unshare nsenter ip python3; do
    command -v $program > /dev/null || skip "needs $program"
done
unshare --mount --pid --fork true 2> /dev/null || skip "needs mount and process namespaces"
exec unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
    python3 -B "$(dirname "$0")/install.py" "$@"
