# Every target sets itself up; the only things needed are Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SCENARIO ?= curbs_2019

.PHONY: run test check notebook bench mutate clean

run: $(VENV)/run.stamp  ## set up and run the main job
	"$(BIN)/curbsim" run $(SCENARIO)

test: check  ## set up, check style, types and layers, run all tests
	"$(BIN)/python" -c "import sim.engine.warm as w; w.compile_day_step()"
	"$(BIN)/python" -m pytest -q -n 2

check: $(VENV)/test.stamp  ## style, types, layers
	"$(BIN)/ruff" format --check sim tests notebooks
	"$(BIN)/ruff" check sim tests notebooks
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

notebook: $(VENV)/notebook.stamp  ## set up and open the notebooks in JupyterLab
	"$(BIN)/jupyter" lab notebooks

bench: $(VENV)/test.stamp  ## speed, as ratios within one run
	"$(BIN)/python" -m pytest -q tests/benchmarks --benchmark-enable -o addopts="" -s

mutate: $(VENV)/test.stamp  ## break the model on purpose and list what catches it
	"$(BIN)/python" tests/mutation/break_on_purpose.py

clean:
	rm -rf "$(VENV)" runs dist

$(VENV)/run.stamp: pyproject.toml
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e .
	touch "$@"

$(VENV)/notebook.stamp: pyproject.toml
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e '.[notebook]'
	touch "$@" "$(VENV)/run.stamp"

$(VENV)/test.stamp: pyproject.toml
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch "$@" "$(VENV)/run.stamp"
