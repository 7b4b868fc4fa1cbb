#!/bin/sh
# Runs inside a fresh Debian root: installs /old.deb, uses traymail, upgrades
# it to /new.deb while it runs, and purges it. The first command that does not
# do what is expected of it ends the script.
set -eu
export DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8

step() { echo "== $*"; }

# fails CODE COMMAND...: ends with this exit code.
fails() {
	want=$1
	shift
	code=0
	"$@" || code=$?
	[ "$code" = "$want" ] || { echo "exit code $code, not $want: $*"; exit 1; }
}

step "install, with what it depends on"
# Not from the network, which no test may use: the root came with the packages.
apt-get install -q -y --no-install-recommends -o Acquire::http::Proxy=http://127.0.0.1:9 dbus /old.deb >/dev/null
traymail version | grep -F "traymail $VERSION ("
[ "$(dpkg-query -W -f '${Version}' traymail)" = 0.0.1-1 ]
useradd --create-home --shell /bin/sh user

step "every library is there, those that the windows load included"
! ldd /usr/bin/traymail | grep 'not found'
for library in X11 Xcursor Xi Xinerama Xrandr Xrender Xext Xxf86vm wayland-client wayland-cursor wayland-egl xkbcommon; do
	ls /usr/lib/*/lib$library.so.* >/dev/null
done

cat >/tmp/session.sh <<'EOF'
set -eu
fails() {
	want=$1
	shift
	code=0
	"$@" || code=$?
	[ "$code" = "$want" ] || { echo "exit code $code, not $want: $*"; exit 1; }
}
# running: the tray role answers, within half a minute.
running() {
	for i in $(seq 300); do
		traymail status --json >/tmp/status 2>/tmp/why && return
		sleep 0.1
	done
	cat /tmp/why
	exit 1
}
cd

echo "== commands, without an account and with one that nobody answers"
traymail check | grep -F 'There is no account yet.'
fails 1 traymail status
traymail account add --name Nobody --server 127.0.0.1:1 --user me --secret-command 'echo secret' >/tmp/id
fails 1 traymail check
traymail account list | grep -F Nobody

echo "== the tray role"
traymail --background &
first=$!
running
grep -F Nobody /tmp/status

echo "== upgraded while it runs"
touch /tmp/upgrade
while [ -e /tmp/upgrade ]; do sleep 0.1; done
running
traymail quit
wait $first
fails 1 traymail status

echo "== the new one, with the same settings"
traymail --background &
second=$!
running
grep -F Nobody /tmp/status
traymail quit
wait $second
EOF

step "as a user, in a session"
chmod 1777 /tmp
install -d -o user -m 700 /run/user/1000
runuser -u user -- env XDG_RUNTIME_DIR=/run/user/1000 dbus-run-session -- sh /tmp/session.sh &
session=$!
while [ ! -e /tmp/upgrade ] && kill -0 $session 2>/dev/null; do sleep 0.1; done
apt-get install -q -y --no-install-recommends -o Acquire::http::Proxy=http://127.0.0.1:9 /new.deb >/dev/null
[ "$(dpkg-query -W -f '${Version}' traymail)" = "$VERSION-1" ]
rm -f /tmp/upgrade
wait $session

step "purge"
apt-get purge -q -y traymail >/dev/null
# Nothing of it is left but what is the user's own.
left=$(find / -xdev -path /home -prune -o -path /run/user -prune -o -path /proc -prune -o -iname '*traymail*' -print)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
[ -s /home/user/.config/traymail/settings.toml ]
fails 1 dpkg-query -W traymail 2>/dev/null
step "done"
