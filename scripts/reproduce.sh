#!/bin/bash
# Makes the packages in dist once more, from a copy of the source in another
# folder, in another time zone and with another umask, and compares the bytes:
#
#   scripts/reproduce.sh linux ...      what scripts/package.sh was given
set -euo pipefail
cd "$(dirname "$0")/.."
other=$(mktemp -d)
trap 'rm -rf "$other"' EXIT
git ls-files -z | tar --null -T - -cf - | tar -C "$other" -xf -
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
COMMIT=$(git rev-parse --short=12 HEAD)
export SOURCE_DATE_EPOCH COMMIT
(
	umask 077
	TZ=Asia/Shanghai LC_ALL=zh_CN.UTF-8 "$other/scripts/package.sh" "$@" >"$other/log" 2>&1 || { cat "$other/log"; exit 1; }
)
diff -u dist/SHA256SUMS "$other/dist/SHA256SUMS"
echo "made twice, the same: $(wc -l <dist/SHA256SUMS) files"
