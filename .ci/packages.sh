# SPDX-License-Identifier: Apache-2.0
#
# packages_need PACKAGE...: installs the Debian packages of the list that are missing. Sourced by demo.sh and test.sh.
#
# No package is removed and none that is installed is upgraded for its own sake. No service is started, stopped or
# enabled: rspamd's package would do so, as would the restart hooks of libraries that come along. Maintainer scripts
# reach services only through the five programs below, which they look for in PATH; so apt hands dpkg a PATH in which
# those do nothing. Unlike a temporary policy-rc.d this changes no file of the system, covers "enable" as well as
# "start", and an interrupted run leaves nothing behind. Redis needs no such care: its server program lies in
# redis-tools, which has no service (see test.sh).

# Prints those of the arguments that are not installed.
packages_missing()
{
    for package; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
        [ "$state" = installed ] || printf '%s\n' "$package"
    done
}

# Runs apt-get with the harmless PATH; root runs it directly, anyone else by sudo.
packages_apt()
{
    sudo=
    [ "$(id -u)" -eq 0 ] || sudo=sudo
    $sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get \
        -o DPkg::Path="$packages_guard:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        -o DPkg::Lock::Timeout=300 -qq "$@"
}

packages_need()
{
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "this is not a Debian system: taking for granted that these are there: $*" >&2
        return 0
    fi
    packages_list=$(packages_missing "$@")
    [ -n "$packages_list" ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        echo "these packages are missing, and installing them needs root or sudo:" >&2
        printf '  %s\n' $packages_list >&2
        return 1
    fi
    echo "installing:" $packages_list
    packages_guard=$(mktemp -d) || return 1
    chmod 755 "$packages_guard"
    for program in deb-systemd-helper deb-systemd-invoke invoke-rc.d systemctl update-rc.d; do
        printf '#!/bin/sh\nexit 0\n' > "$packages_guard/$program"
        chmod 755 "$packages_guard/$program"
    done
    packages_log=$packages_guard/log
    if { packages_apt update &&
        packages_apt install --no-remove --no-install-recommends -y $packages_list; } > "$packages_log" 2>&1; then
        packages_result=0
    else
        packages_result=1
        tail -n 20 "$packages_log" >&2
        echo "apt-get could not install the packages" >&2
    fi
    rm -rf "$packages_guard"
    return $packages_result
}

# What building takes.
packages_build="cmake make gcc libc6-dev pkgconf libzmq3-dev libmsgpack-dev libinih-dev libsqlite3-dev
    libsodium-dev libjansson-dev libsmartcols-dev libcurl4-openssl-dev
    zlib1g-dev"
