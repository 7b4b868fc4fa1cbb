#!/bin/sh
# Unpacks the POP3 servers that the tests talk to, each with its libraries
# into a root folder of its own: as packages they conflict with one another,
# and none of them is to run on the system. Nothing is installed.
#
#   scripts/unpack-servers.sh FOLDER
set -eu

into=${1:?"usage: $0 FOLDER"}
if ! command -v apt-get >/dev/null 2>&1; then
	echo "$0: these servers are taken from Debian packages; there is no apt-get here" >&2
	exit 1
fi

# depends PACKAGE...: the libraries that they need.
depends() {
	apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" |
		sed -n 's/^ *|\{0,1\}\(Pre\)\{0,1\}Depends: \(\(lib\|zlib\)[^ ]*\)$/\2/p' | sort -u
}

# unpack NAME PACKAGE...: the packages and their libraries into a root.
unpack() {
	root=$into/$1
	shift
	stamp="$(cksum <"$0") $*"
	if [ "$(cat "$root/.stamp" 2>/dev/null)" = "$stamp" ]; then
		return
	fi
	all=$*
	new=$*
	while [ -n "$new" ]; do
		# Package names hold no blanks; the splitting is meant.
		# shellcheck disable=SC2086
		found=$(depends $new)
		new=
		for package in $found; do
			case " $all " in *" $package "*) ;; *)
				all="$all $package"
				new="$new $package"
				;;
			esac
		done
	done
	echo "unpacking into $root:" "$@" "and their libraries"
	rm -rf "$root"
	mkdir -p "$root/.packages"
	# shellcheck disable=SC2086
	(cd "$root/.packages" && apt-get download -q -q -o APT::Sandbox::User=root $all)
	for package in "$root"/.packages/*.deb; do
		dpkg-deb -x "$package" "$root"
	done
	rm -r "$root/.packages"
	mkdir -p "$root/dev" "$root/tmp" "$root/run"
	echo "$stamp" >"$root/.stamp"
}

# An image without package lists can download nothing.
apt-cache show popa3d >/dev/null 2>&1 || if [ "$(id -u)" = 0 ]; then apt-get update -q; else sudo apt-get update -q; fi

unpack courier courier-pop courier-authdaemon courier-authlib courier-authlib-userdb courier-base
unpack cyrus cyrus-pop3d cyrus-common sasl2-bin libsasl2-modules libsasl2-modules-db tzdata
unpack mailutils mailutils-pop3d
unpack popa3d popa3d libpam-modules
