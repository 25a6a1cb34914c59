# `make build` and `make test` need Python 3.11 or newer and make. They set everything else up in .venv, from the locked
# versions in requirements/, and show what the installers say only where one fails: see docs/development.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NEWEST := .venv-newest
LOCK := .venv-lock

# Tests that compare with files, and write them with --update.
EXPECTED = $(shell grep -rl --include='test_*.py' 'update: bool' tests)

PIP := -m pip --disable-pip-version-check --no-input
LOCKED := $(PIP) install --require-hashes --requirement
OURSELVES := $(PIP) install --no-build-isolation --no-deps --editable .
ALL := --editable '.[test,dev]'

# Each of these versions and systems has to be able to install the lock without a compiler.
PYTHONS := 3.11 3.12 3.13 3.14
SYSTEMS := x86_64-manylinux_2_28 aarch64-manylinux_2_28 x86_64-apple-darwin aarch64-apple-darwin
BACKEND := $(LOCK)/bin/python -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
RESOLVE := $(LOCK)/bin/uv pip compile --quiet --no-config --universal --python-version $(firstword $(PYTHONS)) \
	--generate-hashes --custom-compile-command 'make lock' --constraints requirements/constraints.in setup.cfg -
TRY := $(LOCK)/bin/uv pip install --quiet --no-config --dry-run --target $(LOCK)/nothing --only-binary :all: \
	--require-hashes --requirement

# $(call quietly,COMMAND): shows the output only where the command fails.
quietly = output=$$($(1) 2>&1) || { status=$$?; printf '%s\n' "$$output" >&2; exit $$status; }
# $(call environment,FOLDER): a virtual environment with nothing in it.
environment = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "obsgen needs Python 3.11 or newer")' && \
	$(call quietly,$(PYTHON) -m venv --clear $(1))

.PHONY: build test check lint style types contracts generate newest lock clean help

build: $(VENV)/.build  ## out/ from observability.yaml
	$(BIN)/obsgen build

test: $(VENV)/.test  ## every test
	$(BIN)/python -m pytest -n auto

lint: types style contracts  ## style, types, import contracts

style: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

contracts: $(VENV)/.test
	$(BIN)/lint-imports

check: $(VENV)/.build  ## is out/ what build would write?
	$(BIN)/obsgen build --check

generate: $(VENV)/.test  ## everything that is made from the code, out/ and expected outputs of tests included: read the diff
	$(BIN)/obsgen build
	$(BIN)/python -m tests.update_docs
	$(BIN)/python -m tests.draw_dashboards
	$(BIN)/obsgen schema > observability.schema.json
	$(BIN)/python -m tests.test_style
	$(BIN)/python -m pytest -q -n auto --update $(EXPECTED)

newest:  ## every test, with the newest of everything that setup.cfg allows
	@$(call environment,$(NEWEST))
	@$(call quietly,$(NEWEST)/bin/python $(PIP) install --upgrade $(ALL))
	$(NEWEST)/bin/python -m pytest -n auto

lock:  ## requirements/*.txt with the newest versions that setup.cfg and pyproject.toml allow
	@$(call environment,$(LOCK))
	@$(call quietly,$(LOCK)/bin/python $(PIP) install uv)
	@$(BACKEND) | $(RESOLVE) --upgrade --extra test --extra dev --output-file requirements/test.txt
	@# What stands in the output file is preferred, so both files have the same versions.
	@cp requirements/test.txt requirements/build.txt
	@$(BACKEND) | $(RESOLVE) --output-file requirements/build.txt
	@for python in $(PYTHONS); do for system in $(SYSTEMS); do \
		$(TRY) requirements/test.txt --python-version $$python --python-platform $$system \
			|| { echo "the lock has no wheels for Python $$python on $$system" >&2; exit 1; }; \
	done; done

clean:  ## removes the environments that make created
	rm -rf $(VENV) $(NEWEST) $(LOCK) build dist *.egg-info

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1: /p' $(MAKEFILE_LIST)

# A stamp is younger than what was installed from; the environment is made anew, so nothing stays that is not locked.
$(VENV)/.build: requirements/build.txt setup.cfg pyproject.toml
	@echo 'setting up $(VENV)'
	@$(call environment,$(VENV))
	@$(call quietly,$(BIN)/python $(LOCKED) requirements/build.txt)
	@$(call quietly,$(BIN)/python $(OURSELVES))
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.build
	@echo 'adding what tests need to $(VENV)'
	@$(call quietly,$(BIN)/python $(LOCKED) requirements/test.txt)
	@touch $@
