"""The command as a user meets it: what it prints, how it ends, and what it says when something is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
from sim.cli.options import parse_changes
from sim.errors import CurbsimError
from tests.project.pages import printed


def curbsim(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "sim", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "COLUMNS": "200"},
    )


def started(*words: str, cwd: Path) -> subprocess.Popen[str]:
    """Start the command in a folder, to be stopped under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *words],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_horizons_are_told_from_one_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a table of dates, which takes the place of the headline where only one table can be printed."""
    monkeypatch.chdir(folder)
    command = "curbsim run small.yaml --jobs 1 --horizons 2019-08-31,2019-12-31"
    text = printed(command)
    assert "Losses by horizon" in text and "[line/chip]" in text
    rows = list(csv.DictReader(io.StringIO(printed(f"{command} --format csv"))))
    line = [row for row in rows if row["who"] == "line/chip"]
    assert [row["horizon"] for row in line] == ["2019-08-31", "2019-12-31", "2020-03-31"]
    assert float(line[0]["lost_days_gross"]) <= float(line[1]["lost_days_gross"])
    remedy = "'2021-01-01' is outside of the run; write dates from 2019-01-01 to 2020-03-31"
    with pytest.raises(sim.CurbsimError, match=remedy):
        printed("curbsim run small.yaml --horizons 2021-01-01")


def test_run_prints_the_table_and_the_folder(folder: Path) -> None:
    done = curbsim("run", "small.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "gross loss, days" in done.stdout
    assert "held back by" in done.stdout
    run_folder = folder / done.stdout.strip().splitlines()[-1].removeprefix("run folder: ")
    names = {path.name for path in run_folder.iterdir()}
    expected = {
        "manifest.json",
        "scenario.yaml",
        "summary.csv",
        "tables",
        "codebook.csv",
        "figures",
        "report.html",
    }
    assert expected <= names
    assert not list(folder.glob("runs/.*"))
    assert "8/8" in done.stderr  # each once more with another model structure


def test_formats_are_machine_readable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    command = "curbsim roles small.yaml --jobs 1 --format"
    as_json = json.loads(printed(f"{command} json"))
    as_csv = list(csv.DictReader(io.StringIO(printed(f"{command} csv"))))
    assert [row["who"] for row in as_json] == [row["who"] for row in as_csv]
    run = printed("curbsim run small.yaml --jobs 1 --no-structure --format json")
    assert {row["group"] for row in json.loads(run)} >= {"user", "supplier"}


def test_set_changes_a_value(folder: Path) -> None:
    shown = curbsim("show", "small.yaml", "--set", "run.seed=77", cwd=folder)
    assert "seed: 77" in shown.stdout
    wrong = curbsim("show", "small.yaml", "--set", "run.sed=77", cwd=folder)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("--set:run.sed: ")
    assert "did you mean" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_variants_and_differences(folder: Path) -> None:
    done = curbsim("diff", "small.yaml", "small.yaml+short", cwd=folder)
    assert done.returncode == 0
    assert "events.cut.until" in done.stdout
    compared = curbsim("compare", "small.yaml", "small.yaml+short", cwd=folder)
    assert compared.returncode == 0, compared.stderr
    assert "difference" in compared.stdout


def test_show_origins_names_file_and_line(folder: Path) -> None:
    done = curbsim("show", "small.yaml", "--origins", cwd=folder)
    assert "small.yaml:" in done.stdout
    assert "run.seed" in done.stdout


@pytest.mark.parametrize("what", ["facilities", "firms", "materials", "links", "events"])
def test_lists(folder: Path, what: str) -> None:
    done = curbsim("list", what, "small.yaml", cwd=folder)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 2


def test_list_of_variants_says_how_to_ask_for_each_and_what_it_changes(folder: Path) -> None:
    done = curbsim("list", "variants", "small.yaml", "--format", "csv", cwd=folder)
    assert done.stdout.splitlines() == ["name,changes", "small.yaml+short,events.cut.until: 2019-08-01"]


def test_list_names_the_shipped_scenarios(tmp_path: Path) -> None:
    assert "curbs_2019" in curbsim("list", cwd=tmp_path).stdout


def test_new_writes_a_scenario_that_checks(folder: Path) -> None:
    assert curbsim("new", "mine", "--extends", "korea_2019", cwd=folder).returncode == 0
    assert curbsim("check", "mine.yaml", cwd=folder).returncode == 0
    again = curbsim("new", "mine", "--extends", "korea_2019", cwd=folder)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    long = curbsim("new", "9" * 300, "--extends", "korea_2019", cwd=folder)
    assert long.returncode == 1 and "cannot be written (File name too long); write another" in long.stderr


def test_schema_is_json(tmp_path: Path) -> None:
    assert json.loads(curbsim("schema", cwd=tmp_path).stdout)["properties"]


def test_check_prints_seven_mistakes_each_with_its_line(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(
        "format: 1\n"
        "extends: korea_2019\n"
        "meta: {name: wrong}\n"
        "run: {seeds: 4}\n"
        "events:\n"
        "  a: {kind: embargo, date: 2019-13-04, select: {material: hf_liquid}, source: estimate}\n"
        "  b: {kind: embargo, date: 2019-07-04, select: {material: hf_liquidd}, source: estimate}\n"
        "  c: {kind: embargo, date: 2019-07-04, select: {material: hf_liquid}, source: nowhere}\n"
        "  d: {kind: stock_target, date: 2019-07-04, select: {group: hf}, target: 3, source: estimate}\n"
        "  e: {kind: embargoo, date: 2019-07-04, select: {material: hf_liquid}, source: estimate}\n"
        "  f: {kind: outage, date: 2019-07-04, select: {facility: samsung_memory}, source: estimate}\n",
        encoding="utf-8",
    )
    done = curbsim("check", "wrong.yaml", cwd=folder)
    assert done.returncode == 1
    for line in (4, 6, 7, 8, 9, 10, 11):
        assert f"wrong.yaml:{line}:" in done.stdout, done.stdout
    assert len(done.stdout.strip().splitlines()) == 7, done.stdout
    assert "Traceback" not in done.stderr


def test_an_unknown_scenario_gets_a_suggestion(tmp_path: Path) -> None:
    done = curbsim("run", "curbs_2091", cwd=tmp_path)
    assert done.returncode == 1
    assert "curbs_2019" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_ends_with_2(tmp_path: Path) -> None:
    assert curbsim("run", cwd=tmp_path).returncode == 2
    assert curbsim("runn", "x", cwd=tmp_path).returncode == 2


def test_a_place_that_cannot_be_written_is_named_before_the_work(folder: Path) -> None:
    """Below a file nobody can write, whatever the system and the user."""
    done = curbsim("run", "small.yaml", "--out", "small.yaml/runs", cwd=folder)
    assert done.returncode == 1
    assert "cannot be written to" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_leaves_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    import sim
    from sim.results import store

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_tables", full)
    result = sim.run(sim.load(folder / "small.yaml"), jobs=1, replications=1)
    with pytest.raises(sim.CurbsimError, match="No space left on device"):
        result.save(folder / "runs")
    assert list((folder / "runs").iterdir()) == []


def test_ctrl_c_keeps_what_is_finished(folder: Path) -> None:
    process = started(
        "run", "small.yaml", "--replications", "100000", "--jobs", "2", "--no-structure", cwd=folder
    )
    assert process.stderr is not None
    while "/100000" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "stopped:" in err
    assert "gross loss, days" in out
    manifest = json.loads(next(folder.glob("runs/*/manifest.json")).read_text())
    assert 0 < manifest["replications"] < 100000
    assert manifest["stopped_early"]


def test_roles_prints_treatment_and_response(folder: Path) -> None:
    done = curbsim("roles", "small.yaml", "--jobs", "1", "--format", "csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["arm"] for row in rows[:5]] == [
        "neither",
        "curb alone",
        "responses alone",
        "both",
        "interaction",
    ]
    assert rows[1]["lost_days_gross"] == rows[3]["lost_days_gross"]
    table = curbsim("roles", "small.yaml", "--jobs", "1", cwd=folder)
    assert "curb alone" in table.stdout


def test_the_report_is_made_anew_from_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.cli.run_actions import report_command, write_report
    from sim.results.store import require_formats

    result = sim.run(sim.load(folder / "small.yaml"), jobs=1)
    forms = require_formats("csv, dta,parquet")
    run_folder = result.save(folder, formats=forms, report=lambda place: write_report(result, place, forms))
    page = run_folder / "report.html"
    first = page.read_bytes()
    assert (run_folder / "tables" / "stocks.dta").exists()
    assert (run_folder / "report_tables" / "losses.dta").exists()
    page.unlink()
    report_command([run_folder], forms)
    assert capsys.readouterr().out.strip() == str(page)
    assert page.read_bytes() == first
    with pytest.raises(
        sim.CurbsimError, match="'xlsx' is not a format of tables; write one or more of csv, dta"
    ):
        require_formats("csv,xlsx")
    with pytest.raises(sim.CurbsimError, match="write the path of a run folder"):
        report_command([folder / "nowhere"], forms)
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("width", [30, 60, 90, 130])
def test_narrow_terminals_break_no_ids(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    from unittest import mock

    from sim.cli.printing import print_rows

    row = {
        "who": "showadenko_kawasaki/hf_gas",
        "lost days": "12",
        "95 % range": "2 to 40",
        "held back by": "ahf 9 %",
    }
    with mock.patch.dict(os.environ, {"COLUMNS": str(width)}):
        print_rows([row, dict.fromkeys(row, "") | {"who": "[others]"}], "table")
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= width
    assert {*" ".join(row.values()).replace(",", "").split()} <= {
        *printed.replace(",", "").split()
    }  # nothing is cut off


def test_to_identify_takes_more_than_a_few_replications(folder: Path) -> None:
    done = curbsim("identify", "small.yaml", "--replications", "2", cwd=folder)
    assert done.returncode == 1
    assert done.stderr == "to identify takes 20 replications, not 2; write more\n"


def test_a_path_that_is_set_twice_is_a_mistake() -> None:
    with pytest.raises(
        CurbsimError, match=r"--set:run\.seed: it is given twice, and one would be lost; write"
    ):
        parse_changes(["run.seed=7", "run.seed=8"])
