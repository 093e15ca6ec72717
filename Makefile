# Every target works from a folder whose path holds a space: relative paths only, and modules (`python -m …`) rather than
# scripts, whose first line would name the interpreter's full path.

# The first Python that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)

python := .venv/bin/python
# Compiled tests are kept, whatever the environment says: it saves seconds in each process.
pytest := PYTHONDONTWRITEBYTECODE= $(python) -m pytest
pip := $(python) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps
templates = $$(git ls-files --cached --others --exclude-standard 'templates/*.html')

.PHONY: help install run dev fresh test test-fast wheel faults benchmark lint format requirements sbom audit

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

install: .venv/installed ## install what the site needs, into .venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer, with venv, is needed; PYTHON=… names one." >&2; exit 1; }
	@echo "Making .venv with $(PYTHON)."
	@"$(PYTHON)" -m venv --clear .venv

# --no-deps: the pins are complete, and quickjs is left out on purpose (see pyproject.toml).
.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing $<."
	@$(pip) -r $<
	@touch $@

.venv/installed-for-tests: requirements-dev.txt | .venv/bin/python
	@echo "Installing $<."
	@$(pip) -r $<
	@touch $@ .venv/installed

run: install ## start the site, with a PostgreSQL and the facts
	@exec $(python) -m config.local.run

dev: install ## the same, loaded anew whenever a file is saved
	@exec $(python) -m config.local.dev

fresh: install ## set the data of `make run` aside, and start it anew
	@$(python) -m config.local.fresh
	@exec $(python) -m config.local.run

test: .venv/installed-for-tests ## run every test; TEST=tests/… runs one file
ifdef TEST
	@$(pytest) $(TEST)
else
	@$(python) -m tests.programs
	@$(pytest) -n 2 --dist worksteal
endif

test-fast: .venv/installed-for-tests ## run the tests that need no browser and are not slow
	@$(pytest) -n 2 -m 'not browser and not slow and not faults' -p no:playwright

wheel: .venv/installed-for-tests ## build what pip installs, with the pins of its packages, into dist/
	@rm -rf dist
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(python) -m pip wheel --quiet --disable-pip-version-check --no-deps --no-index \
		--no-build-isolation --wheel-dir dist .
	@cp requirements.txt $(foreach extra,s3 valkey parquet pdf metrics sentry,requirements-$(extra).txt) dist
	@ls dist

faults: .venv/installed-for-tests ## break what the site depends on, and print what people saw; takes minutes
	@$(python) -m tests.programs redis-server
	@$(pytest) -m faults

SCALE ?= nation
benchmark: .venv/installed-for-tests ## measure the site beside its peers; SCALE=decades takes an hour and 30 GB
	@$(python) -m tests.benchmark --size $(SCALE)

format: .venv/installed-for-tests ## format code and templates
	$(python) -m ruff check --quiet --fix-only
	$(python) -m ruff format --quiet
	-@$(python) -m djhtml --tabwidth 2 $(templates)

lint: .venv/installed-for-tests ## check style, templates, imports, migrations and production settings
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m djhtml --check --tabwidth 2 $(templates)
	$(python) -m djlint --lint --quiet templates
	$(python) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo --no-cache
	SECRET_KEY=lint $(python) -W ignore::RuntimeWarning manage.py makemigrations --check  # which would warn that no database runs
	SECRET_KEY="$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))')" ALLOWED_HOSTS=findings.example \
		$(python) manage.py check --deploy --fail-level WARNING

sbom: .venv/installed-for-tests ## write the software bill of materials, sbom.json (CycloneDX)
	@$(python) -m tests.sbom > sbom.json

audit: .venv/installed-for-tests ## look for known weaknesses in the pinned packages; needs the internet
	@$(python) -m tests.advisories

# Needs uv, which has no part in anything else here.
uv_compile := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade

requirements: ## renew the pins
	$(uv_compile) pyproject.toml --output-file requirements.txt
	$(uv_compile) pyproject.toml --extra s3 --constraints requirements.txt --output-file requirements-s3.txt
	$(uv_compile) pyproject.toml --extra pdf --constraints requirements.txt --output-file requirements-pdf.txt
	$(uv_compile) pyproject.toml --extra valkey --constraints requirements.txt --output-file requirements-valkey.txt
	$(uv_compile) pyproject.toml --extra parquet --constraints requirements.txt --output-file requirements-parquet.txt
	$(uv_compile) pyproject.toml --extra metrics --constraints requirements.txt --output-file requirements-metrics.txt
	$(uv_compile) pyproject.toml --extra sentry --constraints requirements.txt --output-file requirements-sentry.txt
	$(uv_compile) pyproject.toml --extra pdf --extra s3 --extra valkey --extra parquet --extra metrics --extra sentry --group dev --constraints requirements-s3.txt --output-file requirements-dev.txt
	$(uv_compile) --group build --constraints requirements-dev.txt --output-file requirements-build.txt
	echo datasette | $(uv_compile) --no-annotate - --output-file tests/benchmark/peers.txt
