#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# boot.sh ROOT: becomes the systemd of the Debian in the folder ROOT. Run as the first process of new mount, pid, cgroup,
# ipc, uts and net namespaces (see debian.py). It can change neither kernel settings nor what lies outside of its cgroup.
set -e
root=$1
mount --rbind "$root" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,ro,bind "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in dev run tmp; do
    mount -t tmpfs tmpfs "$root/$folder"
done
for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$root/dev/${device%:*}" c 1 "${device#*:}"
done
mknod -m 666 "$root/dev/tty" c 5 0
mkdir "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx" # PrivateDevices= wants it
ln -s /proc/self/fd "$root/dev/fd"
cd "$root"
pivot_root . mnt
umount -l mnt
exec /usr/bin/env -i container=bansync PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
    --unit=basic.target --log-target=journal --show-status=0
