# Every verb of the project. `make help` lists them.

export CGO_ENABLED := 0

PACKAGES  ?= ./...
TESTFLAGS ?=
TIMEOUT   ?= 20m
FUZZTIME  ?= 20s
BENCH     ?= .
RUNS      ?= 200
FIRST     ?= 1
MUTATE    ?= internal/money internal/ledger internal/commission
STATICCHECK := go tool -modfile=tools/go.mod staticcheck

# The quick tests never touch a server that happens to be configured.
WITHOUT_SERVERS := env -u TRIBUTARY_TEST_DATABASE_URL -u TRIBUTARY_TEST_REDIS_URL -u TRIBUTARY_TEST_REQUIRE_SERVERS

.DEFAULT_GOAL := help
.PHONY: help demo build generate generate-check lint fmt test-quick test-mariadb test-mysql test judges fuzz chaos bench mutate check clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Run the whole program with nothing configured, on sample data
	go run ./cmd/tributary demo

build: ## Build the static binary into bin/
	go build -trimpath -o bin/tributary ./cmd/tributary

generate: ## Write again what is generated: the GraphQL code, from schema.graphqls and gqlgen.yml, and what is made with Node
	go run github.com/99designs/gqlgen generate
	@scripts/generate-web

generate-check: ## Fail when the generated code is not what `make generate` writes
	@scripts/generate-check

lint: ## go vet, staticcheck and gofmt
	go vet $(PACKAGES)
	$(STATICCHECK) $(PACKAGES)
	@unformatted=$$(find . -name .git -prune -o -name node_modules -prune -o -name '*.go' -type f -exec gofmt -l {} +) || exit 1; \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi

fmt: ## Format the Go code
	@find . -name .git -prune -o -name node_modules -prune -o -name '*.go' -type f -exec gofmt -l -w {} +

# Many packages wait for a part of their time, so twice as many as there are cores run at once; their heaps are small.
test-quick: ## Run the tests on SQLite and an in-process Redis
	$(WITHOUT_SERVERS) GOGC=400 go test -short -p=$$((2 * $$(getconf _NPROCESSORS_ONLN))) -timeout=$(TIMEOUT) $(TESTFLAGS) $(PACKAGES)

test-mariadb: ## Run the tests on a private MariaDB and a private Redis
	TRIBUTARY_TEST_REQUIRE_SERVERS=1 TRIBUTARY_TEST_IN_MEMORY=1 scripts/with-servers go test -count=1 -timeout=$(TIMEOUT) $(TESTFLAGS) $(PACKAGES)

test-mysql: ## Run the tests on the MySQL at TRIBUTARY_TEST_MYSQL9_URL and a private Redis
	TRIBUTARY_TEST_REQUIRE_SERVERS=1 scripts/with-servers --mysql go test -count=1 -timeout=$(TIMEOUT) $(TESTFLAGS) $(PACKAGES)

judges: ## Hold the API, the Stripe simulator, the pages and the client against judges that are not ours (ONLY=graphql, stripe, browser or client for one)
	@scripts/judges $(ONLY)

test: ## Run everything: lint, generated code, the tests on both kinds of storage, the judges
	@scripts/test.sh

fuzz: ## Run each fuzz target for FUZZTIME (20s)
	@FUZZTIME=$(FUZZTIME) scripts/fuzz $(PACKAGES)

chaos: ## Kill payout workers in RUNS (200) runs from the seed FIRST (1) on, on a private MariaDB and a private Redis
	TRIBUTARY_TEST_REQUIRE_SERVERS=1 TRIBUTARY_CHAOS_RUNS=$(RUNS) TRIBUTARY_CHAOS_FIRST=$(FIRST) scripts/with-servers \
	go test -count=1 -timeout=3h -v -run='^TestChaos$$' ./internal/app

mutate: ## Fail when too few changes to the code of MUTATE (money, ledger, commission) break a test
	@scripts/mutate $(MUTATE)

bench: ## Run the Go benchmarks matching BENCH (all); with NAME=accrue, that measurement on a private MariaDB
ifdef NAME
	go build -o bin/tributary ./cmd/tributary
	TRIBUTARY_TEST_BUFFER_POOL=4G scripts/with-servers sh -c 'TRIBUTARY_DATABASE_URL="$$TRIBUTARY_TEST_DATABASE_URL" TRIBUTARY_BENCH_REDIS_URL="$$TRIBUTARY_TEST_REDIS_URL" exec bin/tributary bench $(NAME) $(ARGS)'
else
	go test -run='^$$' -bench='$(BENCH)' -benchmem $(PACKAGES)
endif

check: lint generate-check test-quick ## What to run before each commit: lint, generated code, quick tests

clean: ## Remove what was built and measured
	rm -rf bin tmp coverage.*
	go clean -testcache
