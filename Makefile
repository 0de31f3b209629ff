# Weir needs Go and make. `make` alone lists the targets.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
DATE    := $(shell TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null)
BUILD   := CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)'
LINT    := go tool -modfile=.tools/golangci-lint/go.mod golangci-lint
E2E     := ./cmd/internal/app/e2e
NFPM    := go tool -modfile=.tools/nfpm/go.mod nfpm
PARITY  := ./cmd/internal/app/parity
UI      := proxy/admin/ui
FLAGD   := proxy/flag/testdata/flagd

.DEFAULT_GOAL := help
.PHONY: help build ui release packages demo test fmt vet lint race plain e2e cross prove soak bench fuzz screenshots clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ui ## bin/weir, a static binary
	$(BUILD) -o bin/weir ./cmd/weir

# The charts' library comes from npm, at the version of the lockfile. CI installs npm;
# without it, or without the registry, the dashboard has tables instead.
ui: ## what the dashboard takes from npm
	@cd $(UI) && [ vendor/uPlot.iife.min.js -nt package-lock.json ] && exit 0; \
	if ! command -v npm >/dev/null && [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -y -q --no-install-recommends nodejs npm; \
	fi; \
	if command -v npm >/dev/null && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error; then \
		cp node_modules/uplot/dist/uPlot.iife.min.js node_modules/uplot/dist/uPlot.min.css node_modules/uplot/LICENSE vendor/ && touch vendor/uPlot.iife.min.js; \
	else \
		echo "dashboard: no npm, or it found nothing: tables instead of charts"; [ "$$CI" != true ]; \
	fi

# Every one has the same bytes whoever makes it of the same commit, and whenever.
DIST      := dist
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
TAR       := tar --sort=name --owner=0 --group=0 --numeric-owner --mtime='$(DATE)' --format=gnu

release: ui ## dist/: an archive for each platform, its modules, checksums (GNU tar)
	@mkdir -p $(DIST); set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*} arch=$${platform#*/}; name=weir_$(VERSION)_$${os}_$$arch; top=$(DIST)/$$name; \
		echo "$$name.tar.gz"; rm -rf "$$top"; mkdir -p "$$top"; \
		GOOS=$$os GOARCH=$$arch $(BUILD) -o "$$top/weir" ./cmd/weir; \
		go version -m "$$top/weir" | sed "1s/^.*: /weir: /" >$(DIST)/$$name.modules.txt; \
		cp -R LICENSE README.md CHANGELOG.md deploy/examples "$$top"; rm -rf "$$top/examples/state"; \
		chmod -R u=rwX,go=rX "$$top"; \
		$(TAR) -C $(DIST) -cf - "$$name" | gzip -9n >$(DIST)/$$name.tar.gz; rm -rf "$$top"; \
	done
	cd $(DIST) && sha256sum weir_$(VERSION)_* >SHA256SUMS

# A version without a tag is older than any with one.
ARCHS      := amd64 arm64
PKGVERSION := $(shell echo '$(VERSION)' | sed -E '/^v?[0-9]+[.]/!s/^/0.0.0+/; s/^v//; /^0[.]0[.]0[+]/y/-/./')

packages: build ## dist/: a .deb and an .rpm for each of ARCHS (nfpm is built from its pinned source)
	@mkdir -p $(DIST)/completions $(DIST)/man
	bin/weir completion bash >$(DIST)/completions/weir.bash
	bin/weir completion zsh >$(DIST)/completions/_weir
	bin/weir completion fish >$(DIST)/completions/weir.fish
	bin/weir man $(DIST)/man && gzip -9nf $(DIST)/man/*.[15]
	@set -e; for arch in $(ARCHS); do \
		GOOS=linux GOARCH=$$arch $(BUILD) -o $(DIST)/linux_$$arch/weir ./cmd/weir; \
		for packager in deb rpm; do \
			DIST=$(DIST) ARCH=$$arch PKGVERSION='$(PKGVERSION)' SOURCE_DATE_EPOCH=$$(date -d '$(DATE)' +%s) \
				$(NFPM) package -f deploy/packaging/nfpm.yaml -p $$packager -t $(DIST); \
		done; \
	done
	rm -rf $(DIST)/completions $(DIST)/man $(DIST)/linux_*

demo: build ## watch a bad canary being reverted
	./bin/weir demo --scenario bad-canary

test: fmt lint race plain e2e cross ## everything that CI runs

fmt: ## gofmt must have nothing to say
	@bad=$$(gofmt -l .); \
	if [ -n "$$bad" ]; then echo "gofmt: not formatted:"; echo "$$bad"; exit 1; fi

vet: ## go vet alone, of the long tests too; lint has it among the rest
	go vet -tags soak,prove,screenshots ./...

lint: ## golangci-lint, built from its pinned source (85 s the first time)
	$(LINT) run ./...

# The race detector needs a C compiler. As root on Debian it is installed; elsewhere
# the tests run without the detector and say so, except in CI, where that is an error.
race: ## tests with the race detector, in random order; four packages at once, for some wait
	@cc=$$(go env CC); race=-race; \
	if ! command -v "$$cc" >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && apt-get install -y -q gcc libc6-dev; \
	fi; \
	if ! command -v "$$cc" >/dev/null; then \
		echo "race detector: no C compiler ($$cc); install one (Debian: apt-get install gcc libc6-dev)"; \
		if [ "$$CI" = true ]; then exit 1; fi; \
		echo "race detector: running the tests WITHOUT it"; race=; \
	fi; \
	[ -z "$$race" ] || export CGO_ENABLED=1; \
	set -x; go test $$race -shuffle=on -p 4 -timeout 4m ./...

# Exactly those of the files that the race detector does not build.
plain: ## tests that the race detector would disturb, or only slow down
	@files=$$(grep -rl '^//go:build !race' --include='*_test.go' balancer cmd config deploy health proxy | grep -v '^cmd/internal/app/\(e2e\|parity\)/'); \
	names=$$(sed -n 's/^func \(Test[A-Za-z0-9_]*\)(.*/\1/p' $$files | paste -sd '|'); \
	set -x; go test -run "^($$names)$$" -timeout 4m $$(dirname $$files | sort -u | sed 's|^|./|')

# One package after the other, for both are about times; four tests at once, for most of
# them wait. RUNLEVEL=1: what is installed is not started as a service.
e2e: build ## end-to-end tests of bin/weir on real sockets, and beside nginx
	@missing=; for tool in curl openssl nginx prometheus strace chromium npm; do \
		PATH="$$PATH:/usr/sbin" command -v $$tool >/dev/null || missing="$$missing $$tool"; \
	done; \
	command -v systemd-analyze >/dev/null || missing="$$missing systemd"; \
	command -v node >/dev/null || missing="$$missing nodejs"; \
	command -v script >/dev/null || missing="$$missing bsdutils"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && RUNLEVEL=1 apt-get install -y -q --no-install-recommends $$missing; \
	fi
	@cd $(UI) && [ -d node_modules/playwright-core ] || ! command -v npm >/dev/null || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@if [ -d $(FLAGD)/node_modules ] || (cd $(FLAGD) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then \
		WEIR_FLAGD=1 go test -count=1 -run '^TestFlagdCore$$' ./proxy/flag; \
	else \
		echo "flags beside flagd's evaluator: no npm, or it found nothing"; [ "$$CI" != true ]; \
	fi
	@cd $(E2E)/testdata/openfeature && [ -d node_modules ] || ! command -v npm >/dev/null || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	WEIR_BIN=$(CURDIR)/bin/weir go test -p 1 -parallel 4 -count=1 -timeout 8m $(E2E) $(PARITY)

cross: ## the supported platforms compile
	GOOS=linux GOARCH=amd64 CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /dev/null ./cmd/weir
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /dev/null ./cmd/weir
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go build -trimpath -buildvcs=false -o /dev/null ./cmd/weir

prove: build ## slow proofs, and the numbers of docs/verdict.md: 300 000 simulated candidates, repeated reverts, memory (build tag prove)
	WEIR_DOCS=write WEIR_BIN=$(CURDIR)/bin/weir go test -tags prove -count=1 -timeout 60m ./...

soak: build ## ten minutes of mixed traffic and faults (SOAK=30s for less): no unexplained error, no growth
	WEIR_BIN=$(CURDIR)/bin/weir go test -tags soak -run '^TestSoak$$' -count=1 -v -timeout 1h $(E2E)

# The peers come from Debian when this runs as root there (RUNLEVEL=1: installed, not
# started as services). BENCH=-quick is a first impression, BENCH='-only cpu' one group.
bench: build ## measure what is promised, beside nginx and haproxy; about 15 minutes
	@missing=; for tool in nginx haproxy wrk strace; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && RUNLEVEL=1 apt-get install -y -q --no-install-recommends $$missing; \
	elif [ -n "$$missing" ]; then \
		echo "bench needs:$$missing (Debian: apt-get install$$missing)"; exit 1; \
	fi
	go run ./bench -weir bin/weir $(if $(BENCH),$(BENCH),-out bench/RESULTS.md)

# Before Go 1.27 the tool may end with "context deadline exceeded" when the time is over
# (go.dev/issue/75804). Without an input that it keeps that is no finding: once more then.
fuzz: ## every fuzz target for 20 s
	@set -e; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for file in $$(grep -rlE '^func Fuzz' --include='*_test.go' .); do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' $$file); do \
			for try in 1 2; do \
				echo "$$file $$target"; failed=; \
				go test -run '^$$' -fuzz "^$$target\$$" -fuzztime 20s -fuzzminimizetime 2s ./$$(dirname $$file) >"$$log" 2>&1 || failed=1; \
				cat "$$log"; \
				[ "$$failed" ] || break; \
				[ $$try = 1 ] && grep -q '^ *context deadline exceeded$$' "$$log" && ! grep -q 'Failing input' "$$log" || exit 1; \
			done; \
		done; \
	done

# Loopback only, about two minutes; it needs chromium. SHOTS=folder puts them elsewhere.
screenshots: build ## docs/images: what the dashboard looks like, light and dark, wide and narrow
	@cd $(UI) && [ -d node_modules/playwright-core ] || npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	CI=true SHOTS=$(abspath $(or $(SHOTS),docs/images)) WEIR_BIN=$(CURDIR)/bin/weir go test -tags screenshots -count=1 -timeout 9m -run '^TestScreenshots$$' -v $(E2E)

clean: ## remove what was built
	rm -rf bin dist
