# Everything a fresh machine with Python 3.11 or newer and make needs. `make help` lists the goals.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header
PACKAGES := rushes providers tui
ARGS ?=

.PHONY: help run test storm check lint types layers wheel screenshots bench lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: $(VENV)/.run ## open the studio (ARGS="generate 'a paper boat'" for any other verb)
	@$(BIN)/rushes $(ARGS)

test: $(VENV)/.dev ## the whole test suite, on every core
	@$(BIN)/pytest -n auto $(ARGS)

storm: $(VENV)/.dev ## ten thousand storms over the two promises (an hour; ARGS="--runs 100 --seed 7")
	$(BIN)/python -m tests.storms --runs 10000 --kill $(ARGS)

check: lint types layers test wheel ## what must pass before a change lands

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict over code and tests
	$(BIN)/mypy

layers: $(VENV)/.dev ## tui → rushes → providers, and no other way
	$(BIN)/lint-imports

wheel: $(VENV)/.dev ## builds the wheel, installs it into an empty venv and runs it there
	$(BIN)/python bench/wheel_check.py

screenshots: $(VENV)/.dev ## the pictures of the README, made from the real app on the sandbox
	$(BIN)/python screenshots/make.py

bench: $(VENV)/.dev ## the figures, as ratios in one run
	$(BIN)/python -m bench $(ARGS)

lock: ## pins every dependency with its hashes (needs uv)
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group dev --extra serve -o requirements-dev.lock

clean: ## removes the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build

# One environment; .run has what the program needs, .dev adds what its checks need.
$(VENV)/.dev: requirements-dev.lock pyproject.toml
	@$(MAKE) --no-print-directory LOCK=requirements-dev.lock install
	@touch $(VENV)/.run $@

$(VENV)/.run: requirements.lock pyproject.toml
	@$(MAKE) --no-print-directory LOCK=requirements.lock install
	@touch $@

.PHONY: install
install:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "rushes needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing from $(LOCK) into $(VENV) …"
ifneq ($(UV),)
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r $(LOCK)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@$(BIN)/python -m compileall -q $(PACKAGES)
