#!/bin/bash
# Prints what a changelog says of one version, and fails if it says nothing:
#
#   scripts/release-notes.sh VERSION [CHANGELOG.md]
set -euo pipefail
version=${1:?usage: scripts/release-notes.sh VERSION [CHANGELOG.md]}
changelog=${2:-$(dirname "$0")/../CHANGELOG.md}
# Headings are "## 1.2.3" or "## [1.2.3]", with or without a date behind.
notes=$(awk -v heading="$version" '
	/^## / { name = $2; gsub(/^\[|\]$/, "", name); inside = name "" == heading ""; next }
	inside' "$changelog")
if [ -z "$(tr -d '[:space:]' <<<"$notes")" ]; then
	echo "$changelog has no section \"## $version\" with anything in it" >&2
	exit 1
fi
printf '%s\n' "$notes" | sed '/./,$!d'
