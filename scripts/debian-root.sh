#!/bin/sh
# Makes a tarball of a Debian root as a fresh installation has it, and beside
# the installed system the packages that a .deb needs, downloaded but not
# installed: installing it then needs no network. Takes root.
#
#   scripts/debian-root.sh PACKAGE.deb FOLDER
#
# FOLDER/root.tar is kept until this script or what the package depends on
# changes.
set -eu

deb=${1:?"usage: $0 PACKAGE.deb FOLDER"}
into=${2:?"usage: $0 PACKAGE.deb FOLDER"}
stamp="$(cksum <"$0") $(dpkg-deb -f "$deb" Depends)"
if [ "$(cat "$into/stamp" 2>/dev/null)" = "$stamp" ]; then
	exit
fi
echo "making a Debian root in $into"
mkdir -p "$into"
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
[ -z "${http_proxy:-}" ] || export http_proxy
# Whatever debootstrap mounts goes away with its namespace.
unshare --mount --propagation private sh -eu -c '
	debootstrap --variant=minbase bookworm "$1" http://deb.debian.org/debian
	cp "$2" "$1/package.deb"
	chroot "$1" apt-get update -q
	chroot "$1" apt-get install -q -y --no-install-recommends --download-only /package.deb dbus
' sh "$root" "$deb"
rm "$root/package.deb"
chmod 755 "$root"
tar -C "$root" --one-file-system -cf "$into/root.tar" .
echo "$stamp" >"$into/stamp"
