"""The project itself: equations that are cited exist, facts stay out of code, the wheel works anywhere."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import sim
from sim.engine import state_rows
from sim.scenario.schema import sections

ROOT = Path(__file__).parents[2]
CODE = sorted((ROOT / "sim").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def test_every_equation_cited_in_code_and_tests_is_in_the_model() -> None:
    known = set(re.findall(r"\(E(\d+)\)", (ROOT / "MODEL.md").read_text(encoding="utf-8")))
    texts = [path.read_text(encoding="utf-8") for path in (*CODE, *TESTS)]
    cited = {n for text in texts for n in re.findall(r"(?<!noqa: )\bE(\d+)\b", text)}
    assert cited
    assert cited <= known


def test_code_names_no_firm_of_the_case() -> None:
    with (ROOT / "scenarios/korea_2019/firms.csv").open(encoding="utf-8") as file:
        firms = [row["id"] for row in csv.DictReader(file)]
    assert len(firms) > 30
    names = [name for name in firms if len(name) > 4]
    found = [
        (path.name, name)
        for path in CODE
        for name in names
        if re.search(rf"\b{name}", path.read_text(encoding="utf-8"), re.IGNORECASE)
    ]
    assert found == []


def test_rows_stand_where_their_names_say() -> None:
    groups = [
        value for name, value in vars(state_rows).items() if isinstance(value, tuple) and name.isupper()
    ]
    assert len(groups) == 12
    for names in groups:
        assert [getattr(state_rows, name.upper()) for name in names] == list(range(len(names)))


def test_import_is_lazy() -> None:
    code = "import sys, sim; print('numpy' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "False"]


def test_every_public_name_loads() -> None:
    assert all(getattr(sim, name) is not None for name in sim.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sim.nothing
    assert sections is not None


def test_the_wheel_runs_a_scenario_from_an_empty_folder(tmp_path: Path) -> None:
    """Built as users get it, installed beside the packages of this environment, run where nothing else is."""
    built = tmp_path / "wheel"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    place = tmp_path / "environment"
    venv.create(place, with_pip=False, system_site_packages=False)
    site = next(place.glob("lib/python*/site-packages"))
    here = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "borrowed.pth").write_text(f"{here}\n")  # third-party packages only: the wheel comes first
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run(
        [sys.executable, *install, str(next(built.glob("*.whl")))], check=True, capture_output=True
    )
    empty = tmp_path / "an empty folder"
    empty.mkdir()
    python = place / "bin" / "python"
    run = [str(python), "-m", "sim", "run", "placebo", "--replications", "2", "--jobs", "1", "--no-structure"]
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(run, cwd=empty, capture_output=True, text=True, timeout=300, env=plain)
    assert done.returncode == 0, done.stderr
    assert "run folder: runs/placebo-" in done.stdout
    assert next(empty.glob("runs/*/report.html")).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    where = [str(python), "-c", "import sim; print(sim.__file__)"]
    home = subprocess.run(where, cwd=empty, capture_output=True, text=True, check=True, env=plain).stdout
    assert Path(home).is_relative_to(site)


def test_every_fault_of_the_mutation_script_still_has_its_place() -> None:
    from tests.mutation.break_on_purpose import MUTATIONS

    counts = {m.name: (ROOT / m.file).read_text(encoding="utf-8").count(m.old) for m in MUTATIONS}
    assert len(counts) > 25
    assert {name for name, count in counts.items() if count != 1} == set()
