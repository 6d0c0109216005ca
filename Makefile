# Every target does its own set-up. A fresh Debian machine needs Go, git and
# make; only `make test` installs anything, and says what.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# A checkout owned by somebody else must still build.
export GOFLAGS := $(strip -buildvcs=false $(GOFLAGS))

LISTEN ?= 127.0.0.1:8080
FUZZTIME ?= 60s
BENCH ?= .
COUNT ?= 1
SIZE ?= short
ONLY ?=
say = @printf '\n==> %s\n'

.PHONY: help run build check lint short types test test-all fuzz bench promises promises-page deploy-check release-twice release needs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: build ## build and serve the invented desk on this machine
	$(say) 'the invented desk: http://$(LISTEN)/  (Ctrl-C stops it)'
	@./sangto serve --demo --listen $(LISTEN)

build: ## build sangto and matcheval, no C compiler needed
	$(say) 'build sangto and matcheval'
	@CGO_ENABLED=0 go build -o . ./cmd/sangto ./cmd/matcheval

check: lint short ## two minutes, Go only: format, vet, staticcheck, law, short tests
	@scripts/left-out

lint: .tools/gofumpt .tools/staticcheck ## format, vet, staticcheck, law
	$(say) 'gofumpt'
	@scripts/format
	$(say) 'go vet'
	@CGO_ENABLED=0 go vet ./...
	$(say) 'staticcheck'
	@CGO_ENABLED=0 .tools/staticcheck ./...
	$(say) 'the modules of their own stand on the main one as it is'
	@for m in bench conformance; do (cd $$m && CGO_ENABLED=0 go list -test -deps ./... >/dev/null) || \
		{ echo "in $$m: go mod tidy"; exit 1; }; done
	$(say) 'the law of the house'
	@CGO_ENABLED=0 go test -count=1 .

short: ## the short tests
	$(say) 'short tests'
	@CGO_ENABLED=0 go test -short ./...

types: ## make the TypeScript types of the JSON interface anew, after its description changed
	$(say) 'client/ts/api.d.ts'
	@cd client/ts && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent types && rm -rf node_modules

test: needs test-all promises ## everything: installs what it needs, race detector, PostgreSQL, browser, promises

# A test that misses its database, browser or program fails, and is not skipped.
ALL := SANGTO_REQUIRE_POSTGRES=1 SANGTO_REQUIRE_BROWSER=1 SANGTO_REQUIRE_STRACE=1 SANGTO_REQUIRE_NODE=1 SANGTO_REQUIRE_CURL=1

# The detector watches everything but the C of SQLite, which was translated to
# Go: each connection is one goroutine's, and watched it takes most of the time.
RACE := -race -gcflags=modernc.org/sqlite/lib='-race=false -d=checkptr=0' -gcflags=modernc.org/libc='-race=false -d=checkptr=0'

# Each test runs once: with the race detector, or without where it could see
# nothing (files that begin with `//go:build !race`: one goroutine that computes
# for long, or a browser that reads pages whose handlers are tested beside), or,
# in internal/promises, which starts the program as a process, with the
# promises. The longest packages start first; they also wait for disks, forms
# and browsers, hence three at a time on two cores.
test-all:
	$(say) 'all tests, with the race detector, PostgreSQL, a browser, strace and Node.js'
	@$(ALL) CGO_ENABLED=1 go test $(RACE) -p 3 -timeout 45m \
		./internal/app ./internal/record ./internal/dump ./internal/feed ./internal/workflow ./internal/store \
		$$(go list ./... | grep -v /internal/promises)
	$(say) 'what the race detector could see nothing in'
	@mapfile -t what < <(scripts/without-race); \
		$(ALL) CGO_ENABLED=0 go test -p 3 -timeout 45m -run "$${what[0]}" "$${what[@]:1}"
	$(say) 'modules of their own: the comparison with other systems, other readers of the log'
	@for m in bench conformance tools; do (cd $$m && CGO_ENABLED=0 go vet ./... && CGO_ENABLED=0 go test ./...); done

promises: needs ## the promises that can be tested to destruction; SIZE=short|nightly|release, ONLY=T3,T5
	$(say) 'promises, at the $(SIZE) size'
	@$(ALL) CGO_ENABLED=0 go run -C tools ./promises -size '$(SIZE)' -only '$(ONLY)'

promises-page: ## write the table of docs/promises.md from the results
	@go run -C tools ./promises -write-doc

fuzz: ## every fuzz target for FUZZTIME each
	@scripts/fuzz $(FUZZTIME)

bench: ## every benchmark; BENCH=pattern and COUNT=n narrow and repeat
	$(say) 'benchmarks'
	@go test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./...

release: .tools/cyclonedx-gomod ## the programs, bills of materials and checksums of VERSION in dist
	@SANGTO_REQUIRE_SBOM=1 scripts/release '$(VERSION)'

release-twice: .tools/cyclonedx-gomod ## build a release two times in different places and demand the same bytes
	@SANGTO_REQUIRE_SBOM=1 scripts/release-twice

.tools/cyclonedx-gomod: tools/sbom/go.mod tools/sbom/go.sum
	@mkdir -p .tools
	@cd tools/sbom && CGO_ENABLED=0 go build -o ../../.tools/ tool

deploy-check: ## have the examples of deploy/ read by the programs they are for
	@scripts/deploy-check

needs: ## install what the full tests need
	@scripts/needs

clean: ## remove what the targets above built here
	@rm -rf sangto matcheval .tools .cache

.tools/gofumpt .tools/staticcheck: tools/go.mod tools/go.sum
	$(say) 'build the tools (once)'
	@mkdir -p .tools
	@cd tools && CGO_ENABLED=0 go build -o ../.tools/ tool
	@touch .tools/gofumpt .tools/staticcheck
