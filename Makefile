# Everything starts here. Needs: make, git, Python 3.11 or newer with venv. `make help` lists the targets.

SHELL = /bin/sh
PY = .venv/bin/python
# The first Python that is new enough; else whatever there is, so that bootstrap.py can say what is wrong.
FIND_PYTHON = for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; done; \
	"$$p" -c '' 2>/dev/null || p=python3; \
	command -v "$$p" >/dev/null 2>&1 || { echo "setup: Python 3.11 or newer is needed (package python3)" >&2; exit 2; }
BOOTSTRAP = $(FIND_PYTHON); "$$p" -I banqup/runtime/bootstrap.py
LOCK = $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

.PHONY: help run test bench storm soak fakes fuzz conformance explained lint fmt lock clean setup setup-dev

help:
	@echo "make run     set up and start everything (PORT, DATABASE_URL, REDIS_URL, BANQUP_DATA_DIR)"
	@echo "make test    every test (T=path and ARGS='...' run a part)"
	@echo "make bench   benchmarks (BENCH=quick for the short ones)"
	@echo "make accuracy  how well fields are read out of PDFs and scans (ARGS='--show')"
	@echo "make storm   the long storms and soaks"
	@echo "make soak    random people at work (SECONDS=600 SEED=1; on both databases)"
	@echo "make fakes   every destination as a local fake, and the settings that lead to them"
	@echo "make fuzz    spoiled e-invoices without end (SECONDS=60 SEED=1)"
	@echo "make conformance   our verdicts against the official test material in BANQUP_CORPUS"
	@echo "make explained     how many rules are put into plain words"
	@echo "make lint    code style and import order; make fmt puts the style right"
	@echo "make lock    renew the lock files from pyproject.toml"
	@echo "make clean   remove what can be made again; your data in var/ stays"

run: setup
	@exec $(PY) -m banqup.runtime

test: setup-dev
	@exec $(PY) -m tests.runtime.passes $(T) $(ARGS)

bench: setup-dev
	@exec $(PY) -m tests.benchmarks.run $(BENCH)

storm: setup-dev
	@BANQUP_BOTH_ORDERS=1 exec $(PY) -m tests.runtime.passes tests/storms tests/actions/test_collisions.py --timeout 1800 $(ARGS)

soak: setup-dev
	@SOAK_SECONDS=$(SECONDS) SOAK_SEED=$(SEED) exec $(PY) -m tests.runtime.passes tests/storms/test_soak.py $(ARGS)

fakes: setup-dev
	@exec $(PY) -m tests.fakes

fuzz: setup-dev
	@exec $(PY) -m tests.einvoicing.fuzz $(or $(SECONDS),60) $(SEED)

conformance: setup-dev
	@exec $(PY) -m tests.einvoicing.conformance

explained: setup-dev
	@exec $(PY) -m tests.einvoicing.explained

accuracy: setup-dev
	@exec $(PY) -m tests.extraction.accuracy $(ARGS)

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports

fmt: setup-dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: setup-dev
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --extra dev --constraint requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv staticfiles .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@$(BOOTSTRAP) requirements.lock

setup-dev:
	@$(BOOTSTRAP) requirements-dev.lock
