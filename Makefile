# Two commands are all a newcomer needs: `make demo` and `make test`. Both install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: install demo run test check deep fuzz soak lock clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	$(BIN)/evoladder demo $(ARGS)

run: install
	$(BIN)/evoladder run $(ARGS)

# Everything but the long runs, with coverage of branches. Journeys mostly wait, so three at once keep two cores busy.
test: install
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not deep" --numprocesses=3 --dist=loadfile
	$(BIN)/coverage combine --quiet
	@rm -f .coverage.*  # half-written by programs that a test killed
	$(BIN)/coverage report --fail-under=90
	$(BIN)/coverage report --include='supervision/*,actors/rules/*' --fail-under=100

# Cheapest first.
check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	git ls-files -z '*.py' | xargs -0 -n 50 -P 2 $(BIN)/flake8-async --disable ASYNC124,ASYNC9
	$(BIN)/mypy
	$(BIN)/deptry .
	$(BIN)/python -m tests.lock_in_step

# Many seeds; takes long.
deep: install
	$(BIN)/python -m pytest -m deep --timeout=3600

# 20,000 hostile replays; what they break is kept in tests/fuzz/corpus.
fuzz: install
	$(BIN)/python -m tests.fuzz $(ARGS)

# Two hours at ten times speed: memory and answers stay flat, and the audit holds.
soak: install
	$(BIN)/python -m benchmarks.load --players 12 --speed 10 --minutes 120 --steady --json soak.json $(ARGS)

lock: install
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --quiet pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --quiet --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
