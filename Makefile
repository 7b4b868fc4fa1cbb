# Everything a person runs here. `make help` lists it.

SHELL := /bin/bash
GOLANGCI := .tools/golangci-lint
ACTIONLINT := .tools/actionlint

# Packages that never reach Fyne, for which the race detector is cheap. The
# tag leaves the windows out of those that link them.
RACE_PACKAGES = $(shell go list -tags nowindow ./... | grep -v -e /internal/window -e /internal/desktoptest)

.PHONY: help build run demo test check lint unit model judge nightly other-systems windows darwin window e2e servers attack short-attack bench soak fuzz package packages clean build-deps package-deps test-deps bench-deps
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

build: build-deps ## compile bin/traymail
	@mkdir -p bin
	scripts/build.sh bin/traymail

run: build ## compile and start it in your tray
	bin/traymail

demo: test-deps build ## see it work on a demo mailbox; brings its own virtual desktop where there is no display
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then exec bin/traymail demo; \
	else exec go run ./internal/desktoptest/cmd/demo -traymail bin/traymail; fi

test: test-deps lint unit model judge servers short-attack other-systems windows darwin window e2e packages ## everything that must hold

check: build-deps ## the fast part of the tests: vet and unit tests without windows
	go vet -tags nowindow $(RACE_PACKAGES)
	go test -tags nowindow $(RACE_PACKAGES)

lint: test-deps $(GOLANGCI) $(ACTIONLINT)
	$(ACTIONLINT)
	shellcheck --severity=warning scripts/*.sh
	$(GOLANGCI) fmt --diff
	$(GOLANGCI) run --timeout 20m
	cd packaging/tools && $(CURDIR)/$(GOLANGCI) run --config $(CURDIR)/.golangci.yml

# Without the race detector where it takes minutes: the commands, which are
# processes by the hundred, have it every night, and the tests of the documents
# and rules have but one goroutine. Darwin has a target of its own.
unit: test-deps
	MODEL_STEPS=1000 go test -race -tags nowindow -timeout 15m $(filter-out %/traymail/cmd/traymail %/traymail/internal,$(RACE_PACKAGES))
	go test -tags nowindow -timeout 15m -skip '^TestDarwin' ./cmd/traymail ./internal
	go test -tags nowindow,w3m -run '^TestW3m$$' ./internal/message

# Random histories of a maildrop against what a person would know of it.
model: build-deps
	MODEL_STEPS=30000 go test -tags nowindow -count=1 -timeout 20m -run '^TestModel$$' -v ./internal/app

# Mail that programs of others write, and what decoders of others read of it
# and of charsets.
JUDGE = go test -tags judge,nowindow -count=1 -timeout 1h -v ./internal/message/judge ./internal/charset
judge: test-deps
	$(JUDGE)

nightly: test-deps ## the tests that make up mail and histories, with ten times as much, others every day; and attack
	go test -race -tags nowindow -timeout 1h ./cmd/traymail
	TRAYMAIL_JUDGE_SEED=$$(date +%Y%m%d) TRAYMAIL_JUDGE_MESSAGES=20000 $(JUDGE)
	go test -tags nowindow -run '^$$' -bench Hostile -benchtime 3x -benchmem -timeout 30m ./internal/message ./internal/settings
	MODEL_STEPS=1000000 go test -tags nowindow -count=1 -timeout 5h -run '^TestModel$$' -v ./internal/app
	$(MAKE) attack

# They mount disks and are another user, which takes root.
ATTACK = CGO_ENABLED=0 go build -tags nowindow -o bin/traymail-nowindow ./cmd/traymail && \
	go build -o bin/attack ./internal/desktoptest/cmd/attack && \
	$$([ "$$(id -u)" = 0 ] || echo sudo) bin/attack -traymail bin/traymail-nowindow
attack: build-deps ## servers, files, disks, limits and users that mean harm, and what each costs
	$(ATTACK)

# Without what waits for a minute and longer.
short-attack: build-deps
	$(ATTACK) -short

# The servers run in root folders of their own, which takes root.
servers: test-deps
	scripts/unpack-servers.sh .servers
	go test -c -tags servers -o .servers/servers.test ./internal/pop3/servertest
	cd internal/pop3/servertest && $$([ "$$(id -u)" = 0 ] || echo sudo) \
		env TRAYMAIL_SERVERS=$(CURDIR)/.servers $(CURDIR)/.servers/servers.test -test.timeout 15m

# What needs no C compiler must stay buildable for every system.
other-systems:
	GOOS=windows CGO_ENABLED=0 go build -o /dev/null ./cmd/traymail
	GOOS=freebsd CGO_ENABLED=0 go build -o /dev/null ./cmd/traymail
	CGO_ENABLED=0 go build -o /dev/null ./cmd/traymail

# Menu bar and windows cannot be linked without Apple's SDK. The test type-checks
# all of it, cgo files included; what there is without cgo is linked, and its
# tests are compiled.
DARWIN_PACKAGES = $(shell go list -tags nowindow ./... | grep -v -e /cmd/bench/bare -e /cmd/attack)
darwin:
	go test -count=1 -run '^TestDarwin' ./internal
	@GOOS=darwin CGO_ENABLED=0 go vet -tags nowindow $(DARWIN_PACKAGES)
	GOOS=darwin GOARCH=amd64 CGO_ENABLED=0 go build -o /dev/null ./cmd/traymail
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go build -o /dev/null ./cmd/traymail

# On the virtual desktop, under Wine: the unit tests of what only Windows has,
# and the real program.
WINDOWS_PACKAGES = ./cmd/traymail ./cmd/traymail-com ./internal/announce ./internal/api ./internal/app ./internal/discover ./internal/doctor ./internal/explain ./internal/ipc ./internal/ledger ./internal/locale ./internal/loopback ./internal/notify ./internal/pemfile ./internal/platform/... ./internal/poll ./internal/provider ./internal/schedule ./internal/secret/... ./internal/settings ./internal/thunderbird ./internal/tray ./internal/trayview ./internal/wholefile ./internal/desktoptest/wine/explorer
windows: test-deps $(GOLANGCI)
	GOOS=windows CGO_ENABLED=0 $(GOLANGCI) run --timeout 20m $(WINDOWS_PACKAGES)
	go test -tags wine -count=1 -timeout 25m -v ./internal/desktoptest/wine

window: test-deps
	@mkdir -p out/window
	TRAYMAIL_PICTURES=$(CURDIR)/out/window go test -timeout 15m ./internal/window

e2e: test-deps
	go test -tags e2e -count=1 -timeout 30m -v ./internal/desktoptest/...

bench: bench-deps build ## what it costs, beside other programs measured in the same run
	go test -tags nowindow -run '^$$' -bench . -benchmem ./internal/pop3 ./internal/app
	go test -tags nowindow -run '^$$' -bench 'DrippingServers|Growth' -benchtime 1x ./internal/schedule
	go test -tags nowindow -run '^$$' -bench Hostile -benchtime 3x -benchmem -timeout 10m ./internal/message ./internal/settings
	go run ./internal/desktoptest/cmd/polls -traymail bin/traymail
	go run ./internal/desktoptest/cmd/bench -traymail bin/traymail

SOAKTIME ?= 10m
soak: test-deps build ## a thousand accounts in the tray for SOAKTIME (10m): nothing may grow
	go run ./internal/desktoptest/cmd/soak -traymail bin/traymail -for $(SOAKTIME)

FUZZTIME ?= 30s
fuzz: build-deps ## run each fuzz target for FUZZTIME (30s)
	@set -e; for pkg in $$(go list -tags nowindow ./internal/... ./cmd/... | grep -v /internal/window); do \
		for target in $$(go test -tags nowindow -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; go test -tags nowindow -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; done

package: package-deps ## what can be installed, with checksums and SBOM, in dist/
	scripts/package.sh linux windows

# Installed in a root of their own, which takes root; and made once more,
# elsewhere, from the same source, with the same bytes.
packages: test-deps package
	scripts/reproduce.sh linux windows
	go test -c -tags packages -o .debian/packages.test ./packaging/packagetest
	cd packaging/packagetest && $(CURDIR)/.debian/packages.test -test.skip FreshRoot -test.timeout 15m
	cd packaging/packagetest && $$([ "$$(id -u)" = 0 ] || echo sudo) $(CURDIR)/.debian/packages.test -test.run FreshRoot -test.timeout 15m

clean: ## remove what was built
	rm -rf bin dist out .tools .servers .debian cmd/traymail/*.syso

build-deps:
	@scripts/install-deps.sh build

package-deps:
	@scripts/install-deps.sh package

bench-deps:
	@scripts/install-deps.sh bench

test-deps:
	@scripts/install-deps.sh test

$(ACTIONLINT): packaging/tools/go.mod
	@mkdir -p .tools
	cd packaging/tools && go build -o $(CURDIR)/$(ACTIONLINT) github.com/rhysd/actionlint/cmd/actionlint
	@touch $(ACTIONLINT)

$(GOLANGCI): scripts/tools/go.mod
	@mkdir -p .tools
	cd scripts/tools && go build -o ../../$(GOLANGCI) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $(GOLANGCI)
