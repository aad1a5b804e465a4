# Commands for using and testing morph. Start with `make demo`.
PYTHON ?= python3
PORT ?= 8501

VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
SOURCES := app.py data morph pages tests training

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-small demo-train test test-exports test-faults test-slurm check bench screenshots \
	lock audit

help:
	@echo "make demo        build the demonstration and serve it: http://localhost:$(PORT)"
	@echo "make demo-small  the same with fewer galaxies"
	@echo "make demo-train  the same with models fitted from scratch"
	@echo "make test        all tests except test-faults and test-slurm"
	@echo "make test-exports  opens exported files in STILTS, astropy, pandas and polars"
	@echo "make test-faults  kills, full disks, damaged files: what is lost"
	@echo "make test-slurm  runs on a real Slurm of one node, started for it (root only)"
	@echo "make check       lint, formatting, make test"
	@echo "make bench       the benchmarks"
	@echo "make screenshots images of the demonstration's pages, written to docs/"
	@echo "make lock        rewrite requirements.lock from the ranges in requirements.txt"
	@echo "make audit       known vulnerabilities of the versions in requirements.lock"
	@echo "make setup       only install the dependencies, into $(VENV)"
	@echo "PYTHON=python3.12, PORT=8502 and MORPH_HOME=/some/folder can be set."

setup: $(INSTALLED)

# The stamp is written last, so an interrupted installation is resumed. Compiled
# now, on all cores, the libraries do not slow down the first minute of the demonstration.
$(INSTALLED): requirements.txt tests/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "morph needs Python 3.11 or newer, and '$(PYTHON)' is not:" \
	    "$$($(PYTHON) --version 2>&1). Choose another one: make PYTHON=python3.12 ..."; \
	  exit 1; }
	@test -x $(RUN) && $(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || $(PYTHON) -m venv --clear $(VENV) || { \
	  echo "$(PYTHON) cannot make a virtual environment;" \
	    "on Debian and Ubuntu: apt-get install python3-venv"; \
	  exit 1; }
	@echo "Installing the dependencies into $(VENV) (takes some minutes: torch is large)."
	$(RUN) -m pip install --quiet --disable-pip-version-check "uv>=0.5"
	$(VENV)/bin/uv pip install --compile-bytecode --python $(RUN) \
	  --requirement requirements.txt --requirement tests/requirements.txt
	@touch $@

# Ctrl-C, status 130, is the usual end of these, not an error. The shell waits for it
# instead of dying of the same Ctrl-C, of which make would print "Interrupt".
demo: setup
	@trap : INT; $(RUN) -m data build-demo --serve --port $(PORT) || [ $$? -eq 130 ]

demo-train: setup
	@trap : INT; $(RUN) -m data build-demo --train --serve --port $(PORT) || [ $$? -eq 130 ]

demo-small: setup
	@trap : INT; $(RUN) -m data build-demo --small --serve --port $(PORT) || [ $$? -eq 130 ]

# Quick tests first; then whole runs built and killed; then Chromium, whose server and
# browser keep two cores busy by themselves. A phase that collects no test fails. Whatever a
# computer's settings, sources are compiled once, and not by each of the hundreds of
# processes that tests start.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup
	$(RUN) -m pytest -m "not slow and not browser and not faults" --numprocesses 2
	$(RUN) -m pytest -m "slow and not browser" --numprocesses 2 --dist loadfile
	$(RUN) -m pytest -m browser tests/browser

# Without STILTS (apt-get install stilts) its part is skipped.
test-exports: setup
	$(RUN) -m pytest -rs tests/morph/export/test_open_elsewhere.py

# Kills, full disks and damaged files, three times each. About 10 minutes.
test-faults: setup
	$(RUN) -m tests.faults --rounds 3

# Needs root, and apt-get install slurm-wlm slurmdbd mariadb-server munge. About 8 minutes.
test-slurm: setup
	$(RUN) -m tests.slurm

check: setup
	$(RUN) -m ruff check $(SOURCES)
	$(RUN) -m ruff format --check $(SOURCES)
	$(MAKE) test

bench: setup
	$(RUN) -m tests.benchmarks.posteriors
	$(RUN) -m tests.benchmarks.exports
	$(RUN) -m tests.benchmarks.neighbours
	home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
	for name in catalogue explorer slider changes plots people; do \
	  $(RUN) -m tests.benchmarks.$$name --rows 248088 --home "$$home" || exit 1; \
	done
	$(RUN) -m tests.benchmarks.adaptation --quick
	$(RUN) -m tests.benchmarks.discovery
	$(RUN) -m tests.benchmarks.cutouts
	$(RUN) -m tests.benchmarks.training

screenshots: setup
	$(RUN) -m tests.screenshots

# Versions and hashes for Python 3.11 and later on all systems.
lock: setup
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
	  --quiet --custom-compile-command "make lock" --upgrade \
	  requirements.txt tests/requirements.txt --output-file requirements.lock

# Asks PyPI. Where PyPI has no answer, it fails and says so.
audit: setup
	$(RUN) -m tests.audit
