# Every verb that a person or CI needs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run install test check bench bench-sockets autobahn docs lock format acceptance

help: ## list the verbs
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

MANAGE := DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r

$(VENV)/base.stamp: requirements/base.txt
	@echo "Installing the locked packages into $(VENV)/ (half a minute or so) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) requirements/base.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/base.stamp requirements/dev.txt
	@echo "Installing the locked development tools into $(VENV)/ ..."
	@$(INSTALL) requirements/dev.txt
	@touch $@

$(VENV)/demo.stamp: $(VENV)/base.stamp requirements/demo.txt
	@echo "Installing the locked speech engines of the examples into $(VENV)/ ..."
	@$(INSTALL) requirements/demo.txt
	@touch $@

# Optional: the demo has stand-ins. Tried once, so that a start without a network stays quick.
$(VENV)/engines.stamp: $(VENV)/base.stamp requirements/demo.txt
	@echo "Installing the speech engines of the demo into $(VENV)/ ..."
	@$(INSTALL) requirements/demo.txt --only-binary :all: || \
	  echo "They could not be installed; the demo goes on without them."
	@touch $@

run: $(VENV)/base.stamp $(VENV)/engines.stamp ## everything on this machine, with a demo; Ctrl-C stops it
	@PYTHONPATH=platform $(BIN)/python -m config.first_run
	@$(BIN)/python manage.py up

install: $(VENV)/base.stamp ## what a deployment needs, into .venv/

test: $(VENV)/dev.stamp $(VENV)/demo.stamp ## the suite
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder -m "not acceptance"

CLIENTS := .venv-clients
NODE := tests/clients/node
NPM := PATH="$(CURDIR)/$(CLIENTS)/bin:$$PATH" npm --prefix $(NODE)

$(CLIENTS)/pip.stamp: requirements/clients.txt
	@echo "Installing the locked clients of the acceptance tests into $(CLIENTS)/ (1 GB, a minute or two) ..."
	@$(PYTHON) -m venv $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(CLIENTS)/node.stamp: $(CLIENTS)/pip.stamp $(NODE)/package-lock.json
	@$(NPM) ci --silent
	@touch $@

acceptance: $(VENV)/dev.stamp $(VENV)/demo.stamp $(CLIENTS)/node.stamp ## the tests that take too long for every change
	$(BIN)/python -m pytest -q -n 3 --dist load -m acceptance
	PATCHBAY_TEST_DISPATCHES=1000 PATCHBAY_TEST_OUTAGE=60 $(BIN)/python -m pytest -q tests/usage/test_live_crash.py

check: $(VENV)/dev.stamp ## format, lint, types, imports, migrations, API schema, deploy, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYTHONPATH=platform:. $(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(MANAGE) makemigrations --check --dry-run
	@mkdir -p var
	$(MANAGE) spectacular --validate --fail-on-warn --file var/openapi.yaml
	diff -u docs/openapi.yaml var/openapi.yaml
	PUBLIC_URL=https://patchbay.example.com ALLOWED_HOSTS=patchbay.example.com \
	  $(MANAGE) check --deploy --fail-level WARNING
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

bench: $(VENV)/dev.stamp ## direct, nginx and Patchbay side by side (eleven minutes)
	$(BIN)/python -m benchmarks

bench-sockets: $(VENV)/dev.stamp ## the same for transcriber sockets, 200 at once (four minutes)
	$(BIN)/python -m benchmarks.sockets

PYTHON27 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/2.7.*/bin/python2.7) python2.7)
AUTOBAHN := .venv-autobahn
NO_PYTHON27 := "make autobahn" needs Python 2.7 with its ssl module: Autobahn|Testsuite runs on \
  nothing newer, and Debian 12 has none. Install it ("pyenv install 2.7.18" builds one), or name \
  yours: make autobahn PYTHON27=/path/to/python2.7

# The last virtualenv that makes environments for Python 2.7; it runs on 3.11.
$(AUTOBAHN)/stamp: $(VENV)/base.stamp
	@$(PYTHON27) -c 'import ssl, zlib' 2>/dev/null || { echo '$(NO_PYTHON27)'; exit 1; }
	$(BIN)/python -m venv $(AUTOBAHN)/tool
	$(AUTOBAHN)/tool/bin/pip install -q --disable-pip-version-check 'virtualenv<20.22'
	$(AUTOBAHN)/tool/bin/virtualenv -q -p $(PYTHON27) $(AUTOBAHN)/py27
	$(AUTOBAHN)/py27/bin/pip install -q --disable-pip-version-check autobahntestsuite==25.10.1
	@touch $@

autobahn: $(VENV)/dev.stamp $(AUTOBAHN)/stamp ## WebSocket conformance; needs Python 2.7 (ten minutes)
	PYTHONPATH=platform:. $(BIN)/python -m tests.autobahn

docs: $(VENV)/dev.stamp ## build the pages into docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

lock: $(VENV)/dev.stamp ## compile requirements/*.in into pinned, hashed locks
	cd requirements && for name in base dev demo clients; do UV_CUSTOM_COMPILE_COMMAND="make lock" \
	  ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-config \
	  --no-emit-index-url --generate-hashes $$name.in -o $$name.txt; done
	$(MAKE) $(CLIENTS)/pip.stamp
	$(NPM) install --package-lock-only --silent

format: $(VENV)/dev.stamp ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
