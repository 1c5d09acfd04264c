# What one needs from day to day: `make help` lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test image-test check client-tools clients dist sbom bench soak docs audit format lock clean

VENV := .venv
BENCH_VENV := .venv-bench
CLIENTS_VENV := .venv-clients
DOCS_VENV := .venv-docs
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## install everything the work on Satchel needs into .venv

run: $(VENV)/.runtime ## start Satchel with its own PostgreSQL
	@$(BIN)/satchel serve

# Each process would compile every test anew where PYTHONDONTWRITEBYTECODE is set. Work is taken in long runs of
# neighbours, which share what they start, and what is left is shared out again when a process has nothing to do.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.dev ## run every test; the integration tests on a real PostgreSQL
	@$(BIN)/pytest -n auto --dist worksteal

image-test: $(VENV)/.dev ## build the image, and do what docs/deploying.md says; wants a Docker daemon
	@$(BIN)/pytest -v tests/containers/image.py

check: $(VENV)/.dev ## run the linters, both type checkers and the import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright

client-tools: $(CLIENTS_VENV)/.clients $(addprefix examples/,$(addsuffix /node_modules/.package-lock.json,front-end typescript)) ## install what writes clients, and what checks manifests

clients: client-tools ## write clients in TypeScript and Python from the OpenAPI document, and check their types
	$(BIN)/satchel openapi > examples/openapi.json
	examples/npm typescript run generate
	examples/npm typescript run check
	examples/npm front-end run generate
	examples/npm front-end run build
	PATH="$(CURDIR)/$(CLIENTS_VENV)/bin:$$PATH" openapi-python-client generate --fail-on-warning --overwrite \
		--path examples/openapi.json --meta none --output-path examples/python/satchel_client
	cd examples/python && ../../$(CLIENTS_VENV)/bin/mypy --strict tour.py satchel_client

dist: $(VENV)/.dev ## build the source distribution and the wheel in dist/
	$(BIN)/python -m hatchling build

sbom: $(CLIENTS_VENV)/.clients ## write dist/sbom.json: what a running Satchel consists of, as CycloneDX
	@mkdir -p dist
	PYTHONWARNINGS=ignore $(CLIENTS_VENV)/bin/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --validate --output-file dist/sbom.json requirements/production.txt

bench: $(BENCH_VENV)/.bench $(VENV)/.runtime ## compare Satchel's speed with its peers' (GROWTH=1: growing lists; CAPACITY=1: what connections cost; BENCH="--help": options)
	@$(BENCH_VENV)/bin/python -m benchmarks$(if $(CAPACITY),.capacity) $(if $(GROWTH),--growth) $(BENCH)

soak: $(VENV)/.dev ## run mixed traffic for a while, and see that nothing grows that should not (MINUTES=10; SOAK="--help": options)
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),10) $(SOAK)

docs: $(VENV)/.dev $(DOCS_VENV)/.docs ## make a site of docs/ and the code's reference in .docs/site
	@$(BIN)/python -m handbook --mkdocs $(DOCS_VENV)/bin/mkdocs

audit: $(VENV)/.dev ## look the locked dependencies up among known vulnerabilities
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/dev.txt

format: $(VENV)/.dev ## rewrite the code in the house's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: ## write requirements/*.txt anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra embedded --extra tracing --group build pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--extra embedded --extra tracing --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--constraint requirements/runtime.txt --extra embedded --group bench pyproject.toml \
		-o requirements/bench.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group clients --group manifests --group sbom -o requirements/clients.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group docs -o requirements/docs.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--constraint requirements/runtime.txt --extra tracing pyproject.toml -o requirements/production.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--constraint requirements/runtime.txt --group build -o requirements/build.txt

clean: ## remove what make and the tools wrote; the data in .satchel/ stays
	rm -rf $(VENV) $(BENCH_VENV) $(CLIENTS_VENV) $(DOCS_VENV) dist examples/*/node_modules examples/openapi.json \
		.bench .docs .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# The development lock holds the runtime lock, so either serves `make run`.
$(VENV)/.dev: requirements/dev.txt pyproject.toml
	@sh requirements/install.sh $(VENV) requirements/dev.txt
	@touch $(VENV)/.dev $(VENV)/.runtime

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml
	@sh requirements/install.sh $(VENV) requirements/runtime.txt
	@touch $(VENV)/.runtime

$(BENCH_VENV)/.bench: requirements/bench.txt pyproject.toml
	@sh requirements/install.sh $(BENCH_VENV) requirements/bench.txt
	@touch $@

# These tools read files alone, so Satchel is not installed beside them.
$(CLIENTS_VENV)/.clients: requirements/clients.txt $(VENV)/.dev
	@$(BIN)/python -m venv $(CLIENTS_VENV)
	@$(CLIENTS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

examples/%/node_modules/.package-lock.json: examples/%/package-lock.json $(VENV)/.dev
	examples/npm $* ci --no-audit --no-fund
	@touch $@

$(DOCS_VENV)/.docs: requirements/docs.txt pyproject.toml
	@sh requirements/install.sh $(DOCS_VENV) requirements/docs.txt
	@touch $@
