#!/bin/sh
# Packs bin/traymail with its licence and third-party notices:
#   scripts/package.sh VERSION
set -eu
version=${1:?usage: $0 VERSION}
name=traymail-$version-$(go env GOOS)-$(go env GOARCH)
stage=dist/$name
rm -rf "$stage"
mkdir -p "$stage"
cp bin/traymail LICENSE README.md README.zh-CN.md CHANGELOG.md "$stage"

# The modules that the binary really contains, each with its licence.
notices=$stage/THIRD-PARTY-NOTICES.txt
: >"$notices"
go version -m bin/traymail | awk '$1 == "dep" { print $2, $3 }' | while read -r module v; do
	dir=$(go list -m -f '{{.Dir}}' "$module@$v" 2>/dev/null || go list -m -f '{{.Dir}}' "$module")
	found=
	for file in "$dir"/LICEN[CS]E* "$dir"/COPYING*; do
		[ -f "$file" ] || continue
		found=yes
		{ printf '==== %s %s\n\n' "$module" "$v"; cat "$file"; printf '\n'; } >>"$notices"
	done
	[ -n "$found" ] || { echo "$0: no licence found for $module" >&2; exit 1; }
done
tar -C dist --sort=name --owner=0 --group=0 --numeric-owner -czf "dist/$name.tar.gz" "$name"
rm -rf "$stage"
echo "dist/$name.tar.gz"
