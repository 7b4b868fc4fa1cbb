#!/bin/bash
# Looks whether macOS was told of a message; for TestMachine:
#
#   scripts/macos-seen.sh SUBJECT
#
# What was delivered only the application itself may ask for, and the system's
# log names no subjects: it has to do. It is kept in out/, with a picture of the
# screen. TRAYMAIL_PROGRAM names the program.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${1:?usage: $0 SUBJECT}"
id=io.github.traymail.traymail
mkdir -p out

screencapture -x out/notification.png || true # not everybody may
log show --last 5m --style compact --predicate "eventMessage CONTAINS \"$id\" AND subsystem BEGINSWITH \"com.apple.\"" >out/notifications.log
grep -i notification out/notifications.log | tail -n 50 || true
# Nobody is there to answer the system's question. Then the message has to be
# kept, and that said.
if "$TRAYMAIL_PROGRAM" status --json | grep -Eq '"notifications_not_allowed": *true'; then
	echo "macOS does not allow it, and traymail says so"
	exit 0
fi
grep -Eq "Added notification request.*hasError: 0" out/notifications.log
