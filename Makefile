# Everything is done by scripts/ and xtask/; this names it.

.DEFAULT_GOAL := help
.PHONY: help run test check bench pages dist fmt

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Installs what is missing, builds, starts the console and prints its address
	@scripts/run $(ARGS)

test: ## Installs what is missing, then runs all checks and tests, the browser's included
	@scripts/test

check: ## Format, lints, layering, licences: what needs no running server
	@scripts/check

bench: ## Builds the release and measures it against Postgres itself; ARGS="--help" lists options
	@scripts/bench $(ARGS)

pages: ## Builds what the browser loads into target/site
	@scripts/pages

dist: ## Builds target/dist/auditorium, one release binary with the pages inside
	@scripts/dist

fmt: ## Formats all Rust code
	@cargo fmt --all
