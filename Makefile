# The commands for development. `make` lists them.

CARGO ?= cargo
FUZZ := review yaml configuration annotations
.DEFAULT_GOAL := help
.PHONY: help demo test check deny lint cluster judge bench bench-apiserver fuzz image-steps outdated clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Show how the webhook works, in one process, without a cluster
	@$(CARGO) run --profile demo --bin backstop -- demo $(ARGS)

test: cluster ## Run all tests, including those with a real control plane and a real Traefik
	tests/cluster/build_test.sh
	KUBECTL="$$(tests/cluster/build.sh | sed -n 's/^kubectl=//p')" $(CARGO) test --locked
	$(MAKE) judge CONTROLLERS=traefik
	$(MAKE) judge CONTROLLERS=traefik RANDOM=300 SEED=1

check: ## Formatting, lints, documentation, and whether the fuzz targets compile
	$(CARGO) fmt --all --check
	$(CARGO) fmt --manifest-path fuzz/Cargo.toml --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --lib
	$(CARGO) check --locked --manifest-path fuzz/Cargo.toml

deny: ## Dependencies: bans and licenses (needs cargo-deny)
	$(CARGO) deny check bans licenses

lint: ## Dockerfile and shell scripts (needs python3; installs its linters below target/)
	sh deploy/image/lint.sh

cluster: ## Build the control plane for tests, once (needs Go)
	@tests/cluster/build.sh >/dev/null

judge: ## Compare verdicts with real ingress controllers; CONTROLLERS=traefik for a part, RANDOM=500 SEED=1 for random shapes (needs root or user namespaces)
	@$(CARGO) test --locked --test judge -- $${CONTROLLERS:-all} $(RANDOM:%=random=%) $(SEED:%=seed=%)

outdated: ## List the controllers and programs of the tests that have a newer release (needs Go)
	@tests/cluster/outdated.sh

bench: ## Benchmarks of the admission path and the index, and of the most expensive reviews
	$(CARGO) bench --locked --features mimalloc --bench engine --bench memory --bench server --bench adversary

bench-apiserver: cluster ## Creates through a real API server: without a webhook, with a constant one, with Backstop
	$(CARGO) bench --locked --features mimalloc --bench apiserver

fuzz: ## Fuzz the readers of reviews, manifests, configurations and annotations for TIME seconds each, 60 by default (needs cargo-fuzz and nightly Rust)
	@mkdir -p $(addprefix fuzz/corpus/,$(FUZZ))
	@cp benches/reviews/*.json fuzz/corpus/review/
	@cp tests/cli/fixtures/config/*.yaml tests/cli/golden/config-show.yaml fuzz/corpus/configuration/
	@for file in tests/checks/*/*.yaml; do cp "$$file" "fuzz/corpus/yaml/$$(echo "$${file#tests/checks/}" | tr / -)"; done
	@grep -ho "'{.*}'" tests/checks/action-annotation/*.yaml | tr -d "'" | split -l 1 - fuzz/corpus/annotations/
	@# Without a sanitizer: there is no unsafe code here to watch, and it is twenty times as fast.
	for target in $(FUZZ); do $(CARGO) +nightly fuzz run --sanitizer none $$target -- -max_total_time=$${TIME:-60} || exit; done

image-steps: ## The Dockerfile's build steps, outside Docker
	$(CARGO) test --locked --test deploy -- --ignored

clean: ## Remove what was built; the control plane stays in its cache
	$(CARGO) clean
