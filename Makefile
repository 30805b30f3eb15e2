# What one types: `make demo` and `make test`. All else is for those who work on the project.
PYTHON ?= python3
BIN := .venv/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONDONTWRITEBYTECODE  # commands are started a thousand times here: none need compile the program anew

.PHONY: demo install test lint e2e build constraints clean

demo: .venv/.installed-demo  ## the whole way on this machine: a small model writes, you decide, the site shows it
	$(BIN)/corner demo

install: .venv/.installed-demo  ## the package and its extras into .venv
	@echo "corner is installed. Next: . $(BIN)/activate && corner init my-letter"

test: .venv/.installed-test browser servers  ## all tests but those with the real embedded model (make e2e)
	$(BIN)/python -m pytest -n 2 -m "not embedded"

e2e: .venv/.installed-test  ## the whole way with the real embedded model; fetches its weights
	$(BIN)/python -m pytest -m embedded

lint: .venv/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: judge
judge: .venv/.installed-test browser  ## the site by the strictest outside judges: Nu, axe, Lighthouse; needs Java and Node
	$(BIN)/python tests/judge

.PHONY: screens
screens: .venv/.installed-test browser  ## the pictures in docs/, anew: whenever a page looks otherwise
	$(BIN)/python tests/screens.py

.PHONY: torture
torture: .venv/.installed-test  ## faults at every system call of every command; STEP=11 takes every eleventh; needs strace
	@command -v strace > /dev/null || { echo "make torture needs strace. Run: apt-get install strace" >&2; exit 1; }
	$(BIN)/python -B tests/torture.py $(or $(STEP),1)

.PHONY: bench
bench: .venv/.installed-test .venv-bench/.installed  ## our builder beside Hugo and Pelican, with real entries; half an hour
	$(BIN)/python tests/bench $(BENCH)

.venv-bench/.installed: tests/bench/requirements.txt
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	PIP_CONSTRAINT= .venv-bench/bin/python -m pip install -q -r tests/bench/requirements.txt
	@touch $@

build: .venv/.installed-demo
	$(BIN)/python build.py

.PHONY: browser
browser:
	@sh scripts/browser.sh

.PHONY: servers
servers:
	@sh scripts/servers.sh

.venv/.installed-demo: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q --only-binary xllamacpp -e '.[desk,embedded,pictures,sources]'
	@touch $@

.venv/.installed-test: .venv/.installed-demo
	$(BIN)/python -m pip install -q -e '.[deploy]' --group test
	@touch $@

constraints:  ## renew constraints.txt from the newest versions that pyproject.toml allows
	rm -rf .venv-constraints
	$(PYTHON) -m venv .venv-constraints
	PIP_CONSTRAINT= .venv-constraints/bin/python -m pip install -q --upgrade pip
	PIP_CONSTRAINT= .venv-constraints/bin/python -m pip install -q --only-binary xllamacpp -e '.[deploy,desk,embedded,pictures,sources]' --group test hatchling
	(head -n 1 constraints.txt; .venv-constraints/bin/python -m pip freeze --all --exclude-editable \
	  --exclude setuptools --exclude wheel | LC_ALL=C sort -f) > constraints.new
	mv constraints.new constraints.txt
	rm -rf .venv-constraints

clean:
	rm -rf .venv .venv-bench site demo .corner dist
