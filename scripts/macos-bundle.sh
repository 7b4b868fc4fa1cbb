#!/bin/bash
# Makes traymail.app for both kinds of Macs and packs it, on macOS:
#
#   scripts/macos-bundle.sh VERSION
#
# gives dist/traymail-VERSION-macos-universal.zip, the SBOM of the same name, and
# dist/traymail.rb, the Homebrew cask (DIST names another folder).
#
# VERSION has to be that of FyneApp.toml. What signs and notarises comes from
# the environment; without it the application is signed ad hoc, which is
# enough to run it on the Mac that built it:
#
#   MACOS_SIGN_IDENTITY      "Developer ID Application: ...", in a keychain
#   MACOS_NOTARY_PROFILE     a profile that "xcrun notarytool store-credentials" made
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?usage: $0 VERSION}
# setting NAME: its value in FyneApp.toml, which is the one source.
setting() { sed -n "s/^ *$1 = \"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" FyneApp.toml | head -n 1; }
if [ "$version" != "$(setting Version)" ]; then
	echo "$0: FyneApp.toml says version $(setting Version), not $version" >&2
	exit 2
fi
dist=${DIST:-dist}
app=$dist/traymail.app
package=$dist/traymail-$version-macos-universal.zip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The oldest macOS that the program asks for, for the C parts as well.
minimum=$(sed -n '/LSMinimumSystemVersion/{n;s/.*<string>\(.*\)<\/string>.*/\1/p;}' packaging/macos/Info.plist.in)
export MACOSX_DEPLOYMENT_TARGET=$minimum
for arch in amd64 arm64; do
	GOOS=darwin GOARCH=$arch CGO_ENABLED=1 scripts/build.sh "$work/traymail-$arch"
done

rm -rf "$app" "$package"
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"
lipo -create -output "$app/Contents/MacOS/traymail" "$work/traymail-amd64" "$work/traymail-arm64"
cp assets/icon.icns "$app/Contents/Resources/traymail.icns"
# The system's own strings, in menus and dialogs, follow these folders; in them
# is what it asks the user on our behalf.
cp -R packaging/macos/*.lproj "$app/Contents/Resources"
cp LICENSE README.md README.zh-CN.md CHANGELOG.md "$app/Contents/Resources"
(cd packaging/tools && go build -o "$work/sbom" ./sbom)
"$work/sbom" -version "$version" -notices "$app/Contents/Resources/THIRD-PARTY-NOTICES.txt" -also internal/charset/LICENSE.unicode \
	-sbom "${package%.zip}.cdx.json" "$work/traymail-arm64"
# fill TEMPLATE [EXPRESSION...]: the template with the application's own values.
fill() {
	local template=$1
	shift
	sed -e "s/@ID@/$(setting ID)/g" -e "s/@VERSION@/$version/g" "$@" "packaging/macos/$template"
}
fill Info.plist.in -e "s/@NAME@/$(setting Name)/" -e "s/@BUILD@/$(setting Build)/" >"$app/Contents/Info.plist"
plutil -lint "$app/Contents/Info.plist" "$app"/Contents/Resources/*.lproj/InfoPlist.strings packaging/macos/entitlements.plist

# The hardened runtime takes everything away, and traymail needs nothing of it
# back: it loads only the system's own libraries and writes no code while it
# runs. So its entitlements are empty (and without a comment, which the
# system's reader of them does not understand).
identity=${MACOS_SIGN_IDENTITY:--}
sign=(--force --sign "$identity" --options runtime --entitlements packaging/macos/entitlements.plist)
if [ "$identity" != - ]; then
	sign+=(--timestamp)
fi
codesign "${sign[@]}" "$app"
codesign --verify --strict --verbose=2 "$app"

# ditto keeps what a signature needs, and so does the Finder in unpacking it.
pack() { ditto -c -k --keepParent "$app" "$package"; }
pack
if [ -n "${MACOS_NOTARY_PROFILE:-}" ]; then
	xcrun notarytool submit "$package" --keychain-profile "$MACOS_NOTARY_PROFILE" --wait
	# The ticket goes into the application, for Macs that are offline.
	xcrun stapler staple "$app"
	pack
fi
sum=$(shasum -a 256 "$package")
fill traymail.rb.in -e "s/@SHA256@/${sum%% *}/" >"$dist/traymail.rb"
echo "$sum"
