#!/bin/sh
# Compiles traymail as it is given to people, for the system that GOOS, GOARCH
# and CGO_ENABLED name:
#
#   scripts/build.sh OUTPUT [LINKER FLAG...]
#
# The same commit gives the same bytes in any folder. COMMIT is asked of git
# unless it is set.
set -eu
output=${1:?usage: $0 OUTPUT [LINKER FLAG...]}
shift
case $output in /*) ;; *) output=$PWD/$output ;; esac
cd "$(dirname "$0")/.."
commit=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || true)}
# cmd/traymail/quiet.go says what the tag quiet and -checklinkname=0 are for.
# no_animations has Fyne move nothing, for whoever has asked the desktop for
# less motion: a program cannot tell it while it runs.
exec go build -trimpath -buildvcs=false -tags quiet,no_animations \
	-ldflags "-s -w -checklinkname=0 -X main.commit=$commit $*" -o "$output" ./cmd/traymail
