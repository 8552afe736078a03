# Everything starts here: `make run` shows the main job, `make test` proves it. Both set up what they need.
# Needs Python >= 3.11, make and a package registry; `make PYTHON=/path/to/python3.12 setup` chooses another Python.

PYTHON  ?= python3
VENV    ?= .venv
WORKERS ?= 2
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.setup-stamp
ALL     := $(VENV)/.setup-all-stamp

.DEFAULT_GOAL := help
.PHONY: help setup setup-all run test check fix lint types bench docs docs-serve pins clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## create .venv with the pinned versions (done again only when they change)

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Ionostat needs Python 3.11 or newer; {sys.executable} is {v[0]}.{v[1]}. Say which one to use: make PYTHON=/path/to/python3.12 setup")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check
	@touch $(STAMP)

setup-all: $(ALL) ## the same, and the other simulators and cluster tools that tests and benchmarks compare with or use

$(ALL): $(STAMP) requirements/all.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/all.txt
	$(BIN)/python -m pip check
	@touch $(ALL)

run: setup ## the main job: a published neuron's rest, and two hours of ouabain
	$(BIN)/python -m ionostat.app.main_job

test: setup-all ## every test, slow ones and doctests included
	$(BIN)/python -m pytest -n $(WORKERS)

check: lint types ## format, lint, types and the fast tests: before each commit
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup-all
	$(BIN)/mypy

fix: setup ## format, and repair what the linter can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-all ## measure speed against the committed baselines
	$(BIN)/python -m benchmarks
	$(BIN)/python -m pytest benchmarks/test_engine.py --benchmark-only -q

docs: setup-all ## build the documentation into site/; a warning is an error
	$(BIN)/mkdocs build --strict

docs-serve: setup-all ## read the documentation while you write it
	$(BIN)/mkdocs serve --strict

pins: ## take the newest versions that pyproject.toml allows (use the oldest Python we support: PYTHON=python3.11)
	rm -rf build/pins
	$(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet '.[dev,docs]'
	{ sed '/^[^#]/d' requirements/dev.txt; build/pins/bin/python -m pip freeze --exclude ionostat; } > build/pins/dev.txt
	mv build/pins/dev.txt requirements/dev.txt
	build/pins/bin/python -m pip install --quiet -c requirements/dev.txt '.[ensemble,dask,interop,bench]'
	{ sed '/^[^#]/d' requirements/all.txt; build/pins/bin/python -m pip freeze --exclude ionostat; } > build/pins/all.txt
	mv build/pins/all.txt requirements/all.txt

clean: ## remove what was made, .venv included
	rm -rf $(VENV) build dist site out .pytest_cache .mypy_cache .ruff_cache .hypothesis
