# Every target sets itself up; the only things needed are Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SCENARIO ?= curbs_2019
PAPER := curbs_2019 known_4_july embargo_hf hf_quota_steps talks_go_nowhere
RELIEF := events.talks.rounds.relief.date=2019-12-16,2020-01-16,2020-02-16,2020-03-16
OPTIONS ?=
CONSTRAINTS ?= constraints.txt
INSTALL = "$(BIN)/python" -m pip install --quiet --disable-pip-version-check -c "$(CONSTRAINTS)"
LOWEST := VENV=.venv-lowest CONSTRAINTS=constraints-lowest.txt
EVERYTHING := .[cluster,notebook,tables,test]
AGAINST ?=
PYTHONS ?=
ROUNDS ?= 15

.PHONY: run test check compiled notebook paper bench mutate fuzz kill determinism lock clean pytest test-lowest

run: $(VENV)/run.stamp  ## set up and run the main job
	"$(BIN)/curbsim" run $(SCENARIO)

test: $(VENV)/test.stamp  ## set up, check style, types and layers, run all tests
	$(MAKE) --no-print-directory -j 2 check compiled
	$(MAKE) --no-print-directory pytest

pytest: $(VENV)/test.stamp
	"$(BIN)/python" -m pytest -q -n 2 --dist worksteal

test-lowest:  ## set up an environment of its own with the oldest versions that are supported, run all tests
	$(MAKE) --no-print-directory $(LOWEST) compiled
	$(MAKE) --no-print-directory $(LOWEST) pytest

check: $(VENV)/test.stamp  ## style, types, layers
	"$(BIN)/ruff" format --check sim tests notebooks
	"$(BIN)/ruff" check sim tests notebooks
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

compiled: $(VENV)/run.stamp  ## compile the day step, once on this machine
	"$(BIN)/python" -c "import sim.engine.daystep.run as w; w.compile_day_step()"

paper: $(VENV)/run.stamp  ## set up, check, and make every table and figure of REPLICATION.md in runs/paper
	"$(BIN)/curbsim" check --network korea_2019 $(PAPER) rollback_2019 buyers_stock reviewing_office localisation_push
	for name in $(PAPER); do "$(BIN)/curbsim" run $$name --out runs/paper $(OPTIONS) || exit 1; done
	"$(BIN)/curbsim" list links korea_2019 --format csv > runs/paper/links.csv
	"$(BIN)/curbsim" network korea_2019 --out runs/paper/network.pdf
	"$(BIN)/curbsim" hindcast --format csv $(OPTIONS) > runs/paper/hindcast.csv
	"$(BIN)/curbsim" structure curbs_2019 --format csv > runs/paper/structure.csv
	"$(BIN)/curbsim" identify embargo_hf --format csv > runs/paper/identify.csv
	"$(BIN)/curbsim" calibrate --out runs/paper --format csv > runs/paper/calibrate.csv
	"$(BIN)/curbsim" roles curbs_2019 --format csv $(OPTIONS) > runs/paper/roles.csv
	"$(BIN)/curbsim" sweep rollback_2019 --vary $(RELIEF) --format csv $(OPTIONS) > runs/paper/relief.csv
	"$(BIN)/curbsim" compare buyers_stock buyers_stock+days_60 --format csv $(OPTIONS) > runs/paper/stocks.csv
	"$(BIN)/curbsim" compare curbs_2019 localisation_push --format csv $(OPTIONS) > runs/paper/suppliers.csv
	"$(BIN)/curbsim" compare reviewing_office reviewing_office+more_examiners --format csv $(OPTIONS) > runs/paper/office.csv

notebook: $(VENV)/notebook.stamp  ## set up and open the notebooks in JupyterLab
	"$(BIN)/jupyter" lab notebooks

# Speed, as ratios within one run: next to other programs (installed below .venv/peers), or HEAD next to AGAINST=REV.
bench: $(VENV)/test.stamp  ## speed next to other programs, or with AGAINST=REV next to an earlier version
ifneq ($(AGAINST),)
	"$(BIN)/python" -m tests.benchmarks.against "$(AGAINST)" --rounds "$(ROUNDS)"
else
	"$(BIN)/python" -m pytest -q tests/benchmarks --benchmark-enable --benchmark-quiet -o addopts="" -s
endif

mutate: $(VENV)/test.stamp  ## break the model on purpose and list what catches it
	"$(BIN)/python" tests/mutation/break_on_purpose.py

fuzz: $(VENV)/test.stamp  ## thousands of broken inputs through every entrance: each ends with a message
	"$(BIN)/python" -m tests.fuzz $(OPTIONS)

kill: $(VENV)/test.stamp  ## stop commands at random moments, one and two at a time: nothing is lost in the end
	"$(BIN)/python" -m tests.kill $(OPTIONS)

# PYTHONS: interpreters with the packages of constraints.txt; each compiles the day step for itself.
determinism: $(VENV)/test.stamp  ## the same bytes, whatever the machine is told and whichever Python runs
	"$(BIN)/python" -m tests.determinism "$(BIN)/python" $(PYTHONS)

lock:  ## write constraints.txt anew: the newest versions of everything that any target installs
	rm -rf .venv-lock
	"$(PYTHON)" -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check "$(EVERYTHING)"
	.venv-lock/bin/python -m pip list --disable-pip-version-check --format freeze \
	  --exclude curbsim --exclude pip --exclude setuptools > .venv-lock/constraints.txt
	mv .venv-lock/constraints.txt constraints.txt
	rm -rf .venv-lock

clean:
	rm -rf "$(VENV)" .venv-lowest .venv-lock runs dist

$(VENV)/run.stamp: pyproject.toml $(CONSTRAINTS)
	"$(PYTHON)" -m venv "$(VENV)"
	$(INSTALL) -e .
	touch "$@"

$(VENV)/notebook.stamp: pyproject.toml $(CONSTRAINTS)
	"$(PYTHON)" -m venv "$(VENV)"
	$(INSTALL) -e '.[notebook]'
	touch "$@" "$(VENV)/run.stamp"

$(VENV)/test.stamp: pyproject.toml $(CONSTRAINTS)
	"$(PYTHON)" -m venv "$(VENV)"
	$(INSTALL) -e '.[test]'
	touch "$@" "$(VENV)/run.stamp"
