#!/bin/bash
# Makes what can be installed, into dist/:
#
#   scripts/package.sh linux|windows ...
#
# Two runs on the same commit give the same bytes: every time in an archive is
# that of the commit (SOURCE_DATE_EPOCH), owners and modes are fixed, and
# paths of this machine appear nowhere. FyneApp.toml says the version.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
tools=$root/.tools
dist=$(realpath -m "${DIST:-dist}") # another folder if DIST names one

VERSION=$(sed -n 's/^ *Version = "\(.*\)"/\1/p' FyneApp.toml)
COMMIT=${COMMIT:-$(git rev-parse --short=12 HEAD)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
PACKAGE_DATE=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
ARCH=$(go env GOARCH)
export VERSION COMMIT SOURCE_DATE_EPOCH PACKAGE_DATE ARCH
export LC_ALL=C TZ=UTC
umask 022

# settle FOLDER: the same times and modes whoever made it, and when.
settle() {
	chmod -R u=rwX,go=rX "$1"
	find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

# papers BINARY FOLDER: what goes with every copy in an archive.
papers() {
	cp LICENSE README.md README.zh-CN.md CHANGELOG.md "$2"
	"$tools/sbom" -version "$VERSION" -notices "$2/THIRD-PARTY-NOTICES.txt" -also internal/charset/LICENSE.unicode "$1"
}

# fill FILE: the file with @VERSION@ and @DATE@ filled in, on stdout.
fill() { sed -e "s/@VERSION@/$VERSION/g" -e "s/@DATE@/${PACKAGE_DATE%T*}/g" "$1"; }

# stage FOLDER BINARY: what packaging/nfpm.yaml takes the packages from.
stage() {
	local to=$1 binary=$2
	mkdir -p "$to"/{man/zh_CN,completions,doc}
	cp "$binary" "$to/traymail"
	cp LICENSE packaging/linux/{io.github.traymail.traymail.desktop,traymail.service,traymail-watch.service,lintian-overrides} "$to"
	fill packaging/linux/io.github.traymail.traymail.metainfo.xml >"$to/io.github.traymail.traymail.metainfo.xml"
	"$tools/assetgen" -hicolor "$to/icons/hicolor"
	# The command line documents itself.
	LC_ALL=en_US.UTF-8 "$binary" man | gzip -9n >"$to/man/traymail.1.gz"
	LC_ALL=zh_CN.UTF-8 "$binary" man | gzip -9n >"$to/man/zh_CN/traymail.1.gz"
	for shell in bash zsh fish; do
		"$binary" completion "$shell" >"$to/completions/$shell"
	done
	"$tools/sbom" -version "$VERSION" -notices "$to/doc/notices" -also internal/charset/LICENSE.unicode "$binary"
	gzip -9n <"$to/doc/notices" >"$to/doc/THIRD-PARTY-NOTICES.gz"
	gzip -9n <CHANGELOG.md >"$to/doc/changelog.gz"
	gzip -9n >"$to/doc/changelog.Debian.gz" <<-EOF
		traymail ($VERSION-1) unstable; urgency=medium

		  * Version $VERSION; changelog.gz says what is new.

		 -- The traymail authors <traymail@users.noreply.github.com>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
	EOF
	{
		cat packaging/linux/copyright
		sed -e 1,4d -e 's/^$/./' -e 's/^/ /' LICENSE
	} >"$to/doc/copyright"
	rm "$to/doc/notices"
	settle "$to"
}

# nfpm FORMAT FOLDER: makes the package from what stage has put there. Debian
# and RPM want a text under the line, Arch and Alpine a line.
nfpm() {
	DESCRIPTION="POP3 mail notifier for the system tray"
	case $1 in
	deb | rpm) DESCRIPTION="$DESCRIPTION
traymail sits in the system tray, shows how many messages in your POP3
mailboxes you have not seen, and tells you about each new one exactly once,
with its sender and subject. A click leads to the message." ;;
	apk) DESCRIPTION="$DESCRIPTION, without windows" ;;
	esac
	export DESCRIPTION
	(cd "$2" && "$tools/nfpm" package -f "$root/packaging/nfpm.yaml" -p "$1" -t "$dist/")
}

linux() {
	local work=$dist/.work name=traymail-$VERSION-linux-$ARCH
	rm -rf "$work"
	mkdir -p "$work"
	scripts/build.sh "$work/traymail"
	CGO_ENABLED=0 scripts/build.sh "$work/traymail-static"
	"$tools/sbom" -version "$VERSION" -sbom "$dist/$name.cdx.json" "$work/traymail"

	stage "$work/packages" "$work/traymail"
	for format in deb rpm archlinux; do
		nfpm $format "$work/packages"
	done
	# Alpine's C library is another one; the binary without windows needs none.
	stage "$work/static" "$work/traymail-static"
	sed -i -e 's/^Actions=.*/Actions=check;/' -e '/^MimeType=/d' -e 's/ -- %u$//' -e '/^\[Desktop Action settings\]/,$d' "$work/static"/*.desktop
	settle "$work/static"
	nfpm apk "$work/static"

	mkdir "$work/$name"
	cp "$work/traymail" "$work/$name"
	papers "$work/traymail" "$work/$name"
	settle "$work/$name"
	tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$name" | gzip -9n >"$dist/$name.tar.gz"
	rm -rf "$work"
}

# sign FILE: with the certificate in TRAYMAIL_SIGN_PKCS12, whose password
# stands in the file TRAYMAIL_SIGN_PASS; without one nothing is signed. Only
# with a time stamp, which makes each build another one, is a signature valid
# for longer than the certificate.
sign() {
	[ -n "${TRAYMAIL_SIGN_PKCS12:-}" ] || return 0
	osslsigncode sign -pkcs12 "$TRAYMAIL_SIGN_PKCS12" -readpass "$TRAYMAIL_SIGN_PASS" -h sha256 \
		-n traymail -i https://github.com/traymail/traymail \
		${TRAYMAIL_SIGN_TIMESTAMP:+-ts "$TRAYMAIL_SIGN_TIMESTAMP"} -in "$1" -out "$1.signed" >/dev/null
	mv "$1.signed" "$1"
}

windows() {
	local work=$dist/.work name=traymail-$VERSION-windows-amd64
	rm -rf "$work"
	mkdir -p "$work/$name"
	# Icon, version and manifest, which "go build" links in.
	"$tools/go-winres" make --in packaging/windows/winres.json --out cmd/traymail/rsrc --arch amd64 \
		--file-version "$VERSION.0" --product-version "$VERSION.0"
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc scripts/build.sh "$work/$name/traymail.exe" -H=windowsgui
	"$tools/sbom" -version "$VERSION" -sbom "$dist/$name.cdx.json" "$work/$name/traymail.exe"
	# What terminals start.
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$work/$name/traymail.com" ./cmd/traymail-com
	sign "$work/$name/traymail.exe"
	sign "$work/$name/traymail.com"
	papers "$work/$name/traymail.exe" "$work/$name"
	mv "$work/$name/LICENSE" "$work/$name/LICENSE.txt"
	settle "$work/$name"
	(cd "$work" && find "$name" -type f | sort | zip -q -X -9 -@ "$dist/$name.zip")

	local signer=()
	if [ -n "${TRAYMAIL_SIGN_PKCS12:-}" ]; then
		signer=(-DSIGN="$root/scripts/package.sh")
	fi
	makensis -V2 -NOCD -INPUTCHARSET UTF8 "${signer[@]}" -DVERSION="$VERSION" -DFOLDER="$work/$name" \
		-DSIZE="$(du -sk --apparent-size "$work/$name" | cut -f1)" -DOUT="$dist/$name-setup.exe" packaging/windows/installer.nsi
	sign "$dist/$name-setup.exe"

	local sum
	sum=$(sha256sum "$dist/$name-setup.exe" | cut -d' ' -f1)
	mkdir "$work/winget"
	for manifest in packaging/windows/winget/*.yaml; do
		fill "$manifest" | sed "s/@SHA256@/${sum^^}/" >"$work/winget/${manifest##*/}"
	done
	settle "$work/winget"
	(cd "$work/winget" && find . -type f | sort | zip -q -X -9 -@ "$dist/$name-winget.zip")
	rm -rf "$work"
}

if [ "${1:-}" = sign ]; then # called back by the installer's compiler
	sign "$2"
	exit
fi
(cd packaging/tools && go build -o "$tools/" ./sbom github.com/goreleaser/nfpm/v2/cmd/nfpm github.com/tc-hib/go-winres)
go build -o "$tools/" ./internal/assetgen
rm -rf "$dist"
mkdir -p "$dist"
for system in "$@"; do
	case $system in
	linux) linux ;;
	windows) windows ;;
	*)
		echo "usage: $0 linux|windows ..." >&2
		exit 2
		;;
	esac
done
cd "$dist"
# The list names every file but itself; what starts with a dot is not for others.
find . -maxdepth 1 -type f ! -name SHA256SUMS ! -name '.*' -printf '%f\n' | sort | xargs sha256sum >SHA256SUMS
cat SHA256SUMS
