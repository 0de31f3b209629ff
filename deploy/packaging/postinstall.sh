#!/bin/sh
# After the files are there: dpkg says "configure" and the version before, if there was
# one; rpm says how many there are now.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers weir.conf
elif ! getent passwd weir >/dev/null; then
	useradd --system --user-group --home-dir /var/lib/weir --shell /usr/sbin/nologin weir
fi
# Started by systemd it would have them already.
install -d -o weir -g weir -m 0700 /var/lib/weir
install -d -o weir -g weir -m 0750 /var/log/weir
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
# Not started by itself: it would serve an example. Where it runs, the new one takes over.
case "$1:$2" in
	configure:?*|2:*) systemctl try-restart weir.service ;;
esac
