#!/bin/sh
# After the files have gone. Splits and rollouts stay until dpkg says "purge"; rpm never
# does. The user stays: files may still be his.
set -e
[ ! -d /run/systemd/system ] || systemctl daemon-reload
case "$1" in
	purge) rm -rf /var/lib/weir /var/log/weir ;;
esac
