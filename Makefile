# Every target sets itself up from a fresh clone: Linux, Python 3.11+ and make are all it needs.
.DELETE_ON_ERROR:
.ONESHELL:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lock-$(shell sha256sum requirements.lock 2>/dev/null | cut -c1-16)
PURE := $(wildcard tests/unit tests/properties tests/contracts)

.PHONY: setup demo test check lint types imports pure contracts guards bench chaos lock clean

setup: $(STAMP)
	@$(BIN)/python -m deploy.embedded fetch

# The stamp's name carries the lock's hash, so the environment is made again exactly when the lock changed.
$(STAMP): pyproject.toml
	@test -f requirements.lock || { echo "requirements.lock is missing: run 'make lock' or restore it from git." >&2; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Kith needs Python 3.11 or newer; set PYTHON=/path/to/it.")'
	if [ ! -e $@ ]; then
	    echo "Making $(VENV) from requirements.lock"
	    rm -rf $(VENV)
	    $(PYTHON) -m venv $(VENV)
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
	echo "Set up. Next: make demo, or .venv/bin/kith up"

demo: setup
	@$(BIN)/kith demo

# Four independent questions, asked side by side; each answer is printed whole.
check: $(STAMP)
	@$(MAKE) --no-print-directory --jobs --output-sync=target --keep-going lint types imports pure

lint:
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run '$(BIN)/ruff format .'" >&2; exit 1; }
	$(BIN)/ruff check --quiet .

types:
	@$(BIN)/mypy --no-error-summary

imports:
	@$(BIN)/lint-imports --cache-dir build/imports

pure:
	@$(if $(PURE),$(BIN)/python -m pytest -q -n 2 $(PURE),echo "No pure tests yet.")

test: setup check
	@$(BIN)/python -m shared.contracts.generate --check
	$(BIN)/python -m pytest -n 2 --dist loadfile --basetemp=build/tmp --durations=15 $(addprefix --ignore=,$(PURE)) tests

contracts: $(STAMP)
	@$(BIN)/python -m shared.contracts.generate

guards: setup
	@$(BIN)/python -m tests.guards

bench: setup
	@$(BIN)/python -m tests.bench

chaos: setup
	@KITH_CHAOS=long $(BIN)/python -m pytest tests -m chaos

# For maintainers: resolve pyproject.toml anew. uv lives beside the environment, it is no part of the lock.
lock:
	@$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check uv
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --group dev --generate-hashes --upgrade \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	! grep -nE '://' requirements.lock || { echo "requirements.lock names a host." >&2; exit 1; }

clean:
	@rm -rf $(VENV) build .kith
