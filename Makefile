# `make` lists the targets. Each creates what it needs; none does anything twice.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
CODE := cutover scenarios reports fixtures models locustfile.py tests benchmarks ci
REALTIME = $(sort $(shell grep --recursive --files-with-matches --include='test_*.py' 'mark\.realtime' tests))

.PHONY: help setup rehearsal test check bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## install cutover and its tools into .venv

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "cutover needs Python 3.11 or later; name one with: make PYTHON=python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,all]'
	@touch $@

rehearsal: setup ## rehearse on this machine: portal, swarm, forecast, verdict, report
	$(BIN)/cutover rehearse

test: setup ## run the tests that can run here, on two cores; alone those that starve a core
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "not realtime" --durations 25
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m "realtime and not alone" --durations 25 $(REALTIME)
	$(BIN)/python -m pytest -m alone $(REALTIME)

check: setup ## lint, formatting, types, import arrows, dead dependencies
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

bench: setup ## measure what the project claims; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

clean: ## remove what the other targets made, but not runs/
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
