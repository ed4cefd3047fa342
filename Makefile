# make demo: install and run the demo; make check and make test: what a change must pass; make bench: figures.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo check format test oracle-env oracles bench clean

setup: $(VENV)/.done

$(VENV)/.done: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Heirloom needs Python 3.11 or later; set PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

demo: setup
	$(BIN)/heirloom run experiment=demo

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# Packages that metrics are compared with, apart: some cannot live beside ours, and one is under the GPL.
oracle-env: .venv-oracle/.done

.venv-oracle/.done: tests/evals/oracles/requirements.txt tests/evals/oracles/requirements_no_deps.txt
	$(PYTHON) -m venv .venv-oracle
	.venv-oracle/bin/python -m pip install --quiet --requirement tests/evals/oracles/requirements.txt
	.venv-oracle/bin/python -m pip install --quiet --no-deps --requirement tests/evals/oracles/requirements_no_deps.txt
	touch $@

oracles: oracle-env
	for script in lexical embedding tail; do PYTHONPATH=. .venv-oracle/bin/python tests/evals/oracles/$$script.py || exit 1; done

bench: setup oracle-env
	$(BIN)/python -m experiments.bench

clean:
	rm -rf $(VENV) .venv-oracle build *.egg-info
