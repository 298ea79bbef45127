# Everything a stranger runs. Each target sets up what it needs in a virtual environment of its own; Python is enough.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: setup demo test test-real check bench clean

setup: $(VENV)/core             ## what the commands of the README need

demo: $(VENV)/core              ## the whole story: an agent learns household tasks from its own trees
	$(BIN)/worldlore demo

test: $(VENV)/test              ## the tests; no network, no heavy packages
	$(BIN)/python -m pytest -m "not real" --cov=worldlore --cov-report=term:skip-covered

test-real: $(VENV)/real         ## the tests against the real packages: alfworld, scienceworld, TRL, a model server
	$(BIN)/python -m pytest -m real

check: $(VENV)/check            ## format, lint, types, import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright

bench: $(VENV)/real             ## speeds, as ratios measured side by side in this run
	$(BIN)/python -m benchmarks

clean:                          ## remove what was set up (not the runs)
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "worldlore needs Python 3.11 or later; say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The CPU build of torch is asked for by its exact version, before anything that would pull another one.
$(VENV)/core: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --upgrade 'pip>=25.1'
	$(PIP) torch==2.13.0
	$(PIP) -e .
	touch $@

$(VENV)/test: $(VENV)/core
	$(PIP) --group test
	touch $@

$(VENV)/check: $(VENV)/test
	$(PIP) --group check
	touch $@

$(VENV)/real: $(VENV)/test
	$(PIP) --group real -e '.[alfworld,scienceworld]'
	touch $@
