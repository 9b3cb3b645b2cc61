# Two commands: `make run` ingests the samples into data/clean, `make test` checks the project.
# Both set up .venv first, from the versions pinned in constraints.txt, and once only.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help run test test-slow test-browser coverage rules docs site pins clean
.DELETE_ON_ERROR:

help:
	@echo "make run    set up, then ingest data/samples into data/clean"
	@echo "make test   set up, then ruff, mypy and pytest"
	@echo "make test-slow  the same tests, with all crash points and many more generated examples"
	@echo "make test-browser  the pages of explain and report in a real Chromium, which has to be installed"
	@echo "make coverage  the fast tests again, with a report of untested lines and branches"
	@echo "make rules  compile the rule packs, after one has changed"
	@echo "make docs   bring examples and the column reference in README.md and docs/ up to date"
	@echo "make site   build the documents as a site into build/site"
	@echo "make pins   resolve the newest versions that pyproject.toml admits into constraints.txt"
	@echo "make clean  remove .venv, data/clean and caches"

# Exit code 3 means "finished with rejects": some samples are broken on purpose.
run: $(VENV)/installed-read
	@$(BIN)/copydesk ingest data/samples --out data/clean || [ $$? -eq 3 ]

# Two processes, because half of the tests wait for a schedule, a server or a deadline. Each file runs in one
# process, with its fixtures.
test: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

# Takes tens of minutes. Run it before a release, and after work on the store or on repair.
test-slow: $(VENV)/installed-test
	$(BIN)/pytest -m "" --hypothesis-profile thorough

# Debian: apt-get install chromium. Without it, or without the extra, `make test` skips these tests and says so.
test-browser: $(VENV)/installed-test
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[browser]'
	$(BIN)/pytest tests/report

# Takes twice the time of the tests alone. Code in separate processes (workers, drivers) is not measured.
coverage: $(VENV)/installed-test
	mkdir -p build
	$(BIN)/python -m coverage run -m pytest -q
	$(BIN)/python -m coverage report

# setuptools is pinned as well, so the build may use it instead of fetching one of its own.
$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "copydesk needs Python 3.11 or newer, found %d.%d; name one with make PYTHON=..." % sys.version_info[:2])'
	@echo "Setting up $(VENV): one to three minutes, the first time only ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt setuptools
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable .
	@touch $@

# DuckDB, pandas and Polars, so that the README's ways to read the output work as printed.
$(VENV)/installed-read: $(VENV)/installed
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[read]'
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	@echo "Adding what the tests need ..."
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[test]'
	@touch $@

rules: $(VENV)/installed
	$(BIN)/python -m copydesk.tasks.rules.build

docs: $(VENV)/installed-test
	$(BIN)/python tests/helpers/readme.py

site: $(VENV)/installed-test
	$(BIN)/mkdocs build --strict --quiet

# In a venv of its own, so that nothing installed by hand gets in. Index and host names stay out.
pins:
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip --quiet install --upgrade 'setuptools>=77'
	build/pins/bin/python -m pip --quiet install --no-build-isolation --editable '.[test]'
	{ echo "# Every version that the tests of this state ran with. Written by make pins."; \
	  build/pins/bin/python -m pip freeze --all --exclude-editable --exclude pip | grep '=='; } > constraints.txt
	rm -rf build/pins

clean:
	rm -rf $(VENV) build data/clean .mypy_cache .pytest_cache .ruff_cache .hypothesis
