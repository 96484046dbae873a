# `make demo` and `make test` are all most people need; CONTRIBUTING.md has the rest.
PYTHON ?= python3.11
EXTRAS ?=
BIN := .venv/bin
comma := ,
# Both variables: nothing about other versions of the program.
SITE := DISABLE_MKDOCS_2_WARNING=true NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
STAMP := .venv/.setup$(if $(EXTRAS),-$(subst $(comma),-,$(EXTRAS)))

# The tests start Python hundreds of times; it should not compile everything each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo demo-stack demo-stream demo-retail setup dev docs test test-all test-core check audit pictures soak
demo: setup
	@$(BIN)/pinterest-platform demo

demo-stack:
	@$(MAKE) --no-print-directory setup EXTRAS=stack
	@$(BIN)/pinterest-platform stack demo

demo-stream:
	@$(MAKE) --no-print-directory setup EXTRAS=stack
	@$(BIN)/pinterest-platform demo --stream

demo-retail:
	@$(MAKE) --no-print-directory setup EXTRAS=retail
	@$(BIN)/pinterest-platform --domain retail demo

setup: $(STAMP)

dev: setup
	@$(BIN)/pinterest-platform dev

test:
	@$(MAKE) --no-print-directory setup EXTRAS=dev
	@$(BIN)/pinterest-platform stack install
	@$(BIN)/python -m pytest -n 3 -m 'not long'

test-all:
	@$(MAKE) --no-print-directory setup EXTRAS=dev
	@$(BIN)/pinterest-platform stack install
	@$(BIN)/python -m pytest -n 3

test-core:
	@$(MAKE) --no-print-directory setup EXTRAS=dev
	@$(BIN)/python -m pytest -m 'not servers and not long'

check:
	@$(MAKE) --no-print-directory setup EXTRAS=dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pinterest_platform_tests.plain_words
	@$(SITE) --quiet
	@ls build/site/assets/stylesheets/main.*.css >/dev/null

# What asks for advisories lives in an environment of its own. It needs the network.
AUDIT := .venv/audit
audit: $(BIN)/python
	@test -x $(AUDIT)/bin/pip-audit || { $(BIN)/python -m venv $(AUDIT) && \
		$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; }
	@$(AUDIT)/bin/pip-audit --requirement requirements.txt --no-deps --disable-pip --progress-spinner off || \
		{ echo "A pinned version is vulnerable, or the advisories cannot be reached: see above."; exit 1; }

docs:
	@$(MAKE) --no-print-directory setup EXTRAS=docs
	@$(SITE)
	@echo "To read and search it: $(BIN)/python -m http.server --directory build/site 8000, then http://127.0.0.1:8000"

# How long, and what is killed when: `make soak SECONDS=300 SEED=1`.
SECONDS ?= 3600
soak:
	@$(MAKE) --no-print-directory setup EXTRAS=dev
	@$(BIN)/pinterest-platform stack install
	@$(BIN)/python -m pinterest_platform_tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

pictures:
	@$(MAKE) --no-print-directory setup EXTRAS=dev
	@$(BIN)/python -m pinterest_platform_tests.browser.pictures docs/pictures
	@$(BIN)/python -m pinterest_platform_tests.browser.pictures_in_motion docs/pictures

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11, or say PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

$(STAMP): pyproject.toml requirements.txt | $(BIN)/python
	@echo "Installing packages$(if $(EXTRAS), with [$(EXTRAS)]) at the versions of requirements.txt (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint requirements.txt --editable '.$(if $(EXTRAS),[$(EXTRAS)])'
	@touch $@
