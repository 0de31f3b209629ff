#!/bin/sh
# Before the files go: dpkg says "remove", rpm 0; other words are those of an upgrade.
set -e
[ -d /run/systemd/system ] || exit 0
case "$1" in
	remove|0) systemctl disable --now weir.socket weir.service ;;
esac
