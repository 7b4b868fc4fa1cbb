#!/bin/bash
# Runs what a Mac has made, on that Mac:
#
#   scripts/macos-smoke.sh [APP]         dist/traymail.app if none is named
#
# The program polls a mail server of the test's own, keeps a password in the
# Keychain, and shows itself in the menu bar.
set -euo pipefail
cd "$(dirname "$0")/.."

app=${1:-dist/traymail.app}
plutil -lint "$app/Contents/Info.plist"
codesign --verify --strict "$app"
lipo "$app/Contents/MacOS/traymail" -verify_arch x86_64 arm64
program=$(cd "$app/Contents/MacOS" && pwd)/traymail
TRAYMAIL_PROGRAM=$program go test -tags smoke,nowindow -count=1 -timeout 5m -v -run '^TestSmoke' ./cmd/traymail
