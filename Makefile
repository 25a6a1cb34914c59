# `make build` and `make test` need Python 3.11 or newer and make; they set everything else up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: build test check lint docs clean

build: $(INSTALLED)  ## out/ from observability.yaml
	$(BIN)/obsgen build

test: $(INSTALLED)  ## every test
	$(BIN)/python -m pytest -n auto

lint: $(INSTALLED)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: $(INSTALLED)  ## is out/ what build would write?
	$(BIN)/obsgen build --check

docs: $(INSTALLED)  ## the pages that are made from the code: checks, the editors' schema
	$(BIN)/python -m tests.update_docs
	$(BIN)/obsgen schema > observability.schema.json

clean:
	rm -rf $(VENV) build dist *.egg-info

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "obsgen needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip setuptools
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,dev]'
	touch $@
