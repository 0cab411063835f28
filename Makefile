# The habits of this project; `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: film up test fix bench torture lock help clean

# What a user wrote reaches the shell as it is: through the environment, neither expanded nor quoted here.
override SCRIPT := $(value SCRIPT)
override IDEA := $(value IDEA)
override FILM := $(value FILM)
export SCRIPT IDEA FILM

# A virtual environment outlives the Python it was made from; without that it is of no use.
$(shell test -x .venv/bin/python || rm -rf .venv)

PIP := .venv/bin/python -m pip --quiet --disable-pip-version-check install --no-deps
UV := .venv/bin/uv pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header -q
# Many tests wait for daemons and other processes: one worker more than there are cores, and no more than five.
WORKERS := $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n < 4 ? n + 1 : 5)))
stage = @echo "make test: $(1)"; $(2) || { echo "make test: failed at: $(1)" >&2; exit 1; }

film: .venv/run-installed ## make a film: of the example, SCRIPT=my.fountain or IDEA="…" (FILM=slug, ARGS="--…")
	@.venv/bin/director make $${IDEA:+--idea "$$IDEA"} $${FILM:+--film "$$FILM"} $(ARGS) -- $${SCRIPT:+"$$SCRIPT"}

up: .venv/run-installed ## serve the Dagster UI and its daemon on this machine
	@.venv/bin/director up $(ARGS)

test: .venv/dev-installed ## format, lint, types, tests (FAST=1: without the slow ones)
	$(call stage,format,.venv/bin/ruff format --check --quiet --output-format concise .)
	$(call stage,lint,.venv/bin/ruff check --quiet .)
	$(call stage,types,.venv/bin/mypy --no-error-summary)
# Tests start hundreds of processes: each would compile all of it anew where Python is told to keep no bytecode.
	@.venv/bin/python -m compileall -q director_dagster director_dagster_tests
	$(call stage,tests,.venv/bin/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(FAST),-m "not slow") $(ARGS))

fix: .venv/dev-installed ## format, and repair what lint can repair
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --fix .

bench: .venv/dev-installed ## measure what docs and README claim (ONLY=G10 for one)
	@.venv/bin/python -m benchmarks $(ONLY)

torture: .venv/dev-installed ## kill what buys, KILLS=200 times, and ask the provider's own list what it charged
	@.venv/bin/python -m director_dagster_tests.torture --kills $(or $(KILLS),200) $(ARGS)

lock: .venv/dev-installed ## pin what pyproject.toml asks for in requirements/ (ARGS=--upgrade: the newest of all)
	@$(UV) $(ARGS) -o requirements/run.txt
	@$(UV) $(ARGS) --group dev --constraint requirements/run.txt -o requirements/dev.txt

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

clean: ## remove .venv and all caches; films and other kept things stay
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# dev.txt holds all of run.txt, so whoever has the one needs not install the other.
.venv/dev-installed: requirements/dev.txt pyproject.toml | .venv/bin/pip
	@echo "make: installing the tools and libraries of requirements/dev.txt into .venv (some minutes the first time)"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-build-isolation -e .
	@touch .venv/run-installed $@

.venv/run-installed: requirements/run.txt pyproject.toml | .venv/bin/pip
	@echo "make: installing the libraries of requirements/run.txt into .venv (some 700 MB, a minute or so, once)"
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-build-isolation -e .
	@if test "$$(uname -s)" = Darwin; then \
		echo "make: no voices for macOS yet: dialogue will be subtitled and silent, music and pictures are as elsewhere"; fi
	@touch $@

.venv/bin/pip:
	@for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11 python3.14 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; python=; \
	done; \
	if test -z "$$python"; then \
		echo "make: Python 3.11 or newer is not on PATH: install it, or name one: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "make: $$python lacks its venv module: install it (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; \
	fi; \
	"$$python" -m venv --clear .venv
