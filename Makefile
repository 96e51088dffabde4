# facetd: build, test, try. "make help" lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

GO := .ci/go
# Where tests find the reverse proxies that they run.
PROXIES := PATH="$$PATH:$$(.ci/proxies)"
TESTSUM := $(GO) run .ci/testsum/main.go .ci/testsum/digest.go
# In a copy without a usable git history there is nothing to stamp.
BUILDVCS := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)
VERSION := $(shell git describe --tags --dirty 2>/dev/null || echo devel)
BUILD := $(GO) build -trimpath -buildvcs=$(BUILDVCS) -ldflags '-X main.version=$(VERSION)'

TESTFLAGS ?=
FUZZTIME ?= 10s
BENCHFLAGS ?=
CONFORMFLAGS ?=
VMFLAGS ?=

.PHONY: help deps deps-generate build demo test attack vm-test isolation compare neighbours race lint generate check-generated bench conformance fuzz clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## install what is missing to build and test (apt-get, Go)
	@.ci/deps

deps-generate: ## the same, and what "make generate" needs
	@.ci/deps generate

build: deps ## build bin/facetd and bin/facet-runner
	@mkdir -p bin
	@[ -e bin/facet-runner ] || echo "Compiling with all dependencies, SQLite among them: minutes the first time, seconds from then on."
	CGO_ENABLED=0 $(BUILD) -o bin/facetd ./cmd/facetd
	CGO_ENABLED=1 $(BUILD) -o bin/facet-runner ./cmd/facet-runner

demo: build ## run the counter example, restart the daemon, show that it goes on
	@testdata/demo.sh

test: build ## run all tests; lists what was skipped and why
	@echo "Compiling and running the tests: a line for each package as it ends, the first after minutes."
	$(GO) test .ci/testsum/main.go .ci/testsum/digest.go .ci/testsum/main_test.go
	$(PROXIES) $(GO) test -json -timeout 30m $(TESTFLAGS) ./... | $(TESTSUM)

attack: deps ## the whole attack battery: every attempt against each layer alone, and the tests the register names
	$(PROXIES) FACETD_ATTACK=full $(GO) test -count=1 -timeout 30m -v $(TESTFLAGS) ./sandbox/battery

vm-test: deps ## the sandbox's tests and the battery on a Debian kernel with cgroup v2 only, under qemu
	@.ci/vm $(VMFLAGS)

isolation: build compare neighbours ## try everything and write docs/isolation.md (as root; 4 minutes)
	bin/facetd self-test --matrix --json >.cache/self-test.json
	$(GO) run ./sandbox/battery/isolation -o docs/isolation.md \
		-self-test .cache/self-test.json -comparison .cache/comparison.json -neighbours .cache/neighbours.json

compare: build ## make the attempts in bubblewrap and firejail, where installed (as root); prints a table
	@mkdir -p .cache
	$(GO) build -ldflags '-linkmode external -extldflags -static' -o .cache/bare ./facet/attacker/bare
	@bare=$$(mktemp /tmp/facetd-bare-XXXXXX); trap 'rm -f "$$bare"' EXIT; \
	install -m 0755 .cache/bare "$$bare"; \
	$(GO) run ./sandbox/battery/compare -runner bin/facet-runner -bare "$$bare" -json .cache/comparison.json

neighbours: build ## measure what a tenant feels of an attack, here and in workerd (as root)
	@if ! command -v npm >/dev/null || ! npm ci --prefix cmd/facetbench --ignore-scripts --no-audit --no-fund --loglevel=error; then \
		echo "neighbours: npm could not install the peer: measuring without it" >&2; \
	fi
	@mkdir -p .cache
	$(GO) build -o .cache/neighbours ./cmd/facetbench/neighbours
	.cache/neighbours -o .cache/neighbours.json

race: deps ## run the tests of the concurrent rooms under the race detector
	$(PROXIES) CGO_ENABLED=1 $(GO) test -race -json -timeout 30m $(TESTFLAGS) ./supervisor/... ./seccomp/... ./plugin-proto/... | $(TESTSUM)

lint: deps ## gofmt, go vet, staticcheck, type check of the runtime
	@.ci/lint

generate: deps-generate ## write the generated files anew
	@.ci/generate

check-generated: deps-generate ## fail where generated files are out of date
	@.ci/check-generated

bench: build ## measure against workerd (where npm can install it); writes docs/benchmarks.md
	@if ! command -v npm >/dev/null; then \
		echo "bench: npm is missing: measuring without the peer" >&2; \
	elif ! npm ci --prefix cmd/facetbench --ignore-scripts --no-audit --no-fund --loglevel=error; then \
		echo "bench: npm could not install the peer: measuring without it" >&2; \
	fi
	@mkdir -p bin
	CGO_ENABLED=0 $(BUILD) -o bin/facetbench ./cmd/facetbench
	bin/facetbench -o docs/benchmarks.md $(BENCHFLAGS)

conformance: build ## compare behaviour with workerd (where npm can install it); writes docs/compatibility.md
	@if command -v npm >/dev/null; then \
		npm ci --prefix cmd/facetbench --no-audit --no-fund --loglevel=error; \
	else \
		echo "conformance: npm is missing: comparing with recorded answers" >&2; \
	fi
	CGO_ENABLED=0 $(BUILD) -o bin/conform ./cmd/facetbench/conform
	bin/conform -write $(CONFORMFLAGS)

fuzz: deps ## run every fuzz test for FUZZTIME (10s)
	@.ci/fuzz $(FUZZTIME)

clean: ## remove what was built here
	rm -rf bin .cache
