#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# jail.sh ROOT COMMAND: run a command as the sidecar's container would: user 999, with ROOT as a file system that nobody
# can write to, save /tmp, /dev/null and the folder of the sockets. To be run in a mount namespace of its own (unshare --mount).
set -eu
root=$1
shift
mount --bind "$root" "$root"
mount --bind "$root/home/argocd/cmp-server/plugins" "$root/home/argocd/cmp-server/plugins"
mount --bind /dev/null "$root/dev/null"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec chroot --userspec=999:999 --groups= "$root" "$@"
