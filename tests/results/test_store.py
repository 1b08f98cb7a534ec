"""Run folders say in which format they were written, and those of another format are refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim.cli.app import main
from sim.errors import CurbsimError, LeftOutWarning
from sim.results.provenance import experiment_manifest
from sim.results.saved.manifest import FORMAT
from tests.runner.test_replications import curbed

OLD = {"versions": {"curbsim": "0.1.0"}}


@pytest.fixture(scope="module")
def result() -> sim.Result:
    return sim.run(curbed(), replications=1, jobs=1)


def folder_with(result: sim.Result, place: Path, **changes: Any) -> Path:
    """Save a run with some entries of its manifest changed, or without those that are None."""
    folder = result.save(place)
    file = folder / "manifest.json"
    manifest = {**json.loads(file.read_text(encoding="utf-8")), **changes}
    left = {name: value for name, value in manifest.items() if value is not None}
    file.write_text(json.dumps(left), encoding="utf-8")
    return folder


def test_manifests_of_runs_and_experiments_have_the_format(result: sim.Result, tmp_path: Path) -> None:
    written = json.loads((result.save(tmp_path) / "manifest.json").read_text(encoding="utf-8"))
    assert type(written["format"]) is int
    assert written["format"] == FORMAT == experiment_manifest("sweep", [curbed()])["format"]
    assert sim.read(tmp_path / result.folder_name).manifest["format"] == FORMAT


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (None, "none, as before 0.2"),
        (FORMAT + 1, str(FORMAT + 1)),
        ("1", "1"),
    ],
)
def test_another_format_is_refused_with_the_version_that_wrote_it_and_what_to_do(
    written: object, words: str, result: sim.Result, tmp_path: Path
) -> None:
    folder = folder_with(result, tmp_path, format=written, **OLD)
    with pytest.raises(CurbsimError) as refused:
        sim.read(folder)
    assert str(refused.value) == (
        f"{folder}: written by curbsim 0.1.0 in another format ({words}; this version reads {FORMAT}); "
        "run its scenario.yaml again, or read it with curbsim 0.1.0"
    )


def test_a_folder_that_does_not_say_who_wrote_it_is_refused_too(result: sim.Result, tmp_path: Path) -> None:
    folder = folder_with(result, tmp_path, format=None, versions=None)
    with pytest.raises(CurbsimError, match="written by another version of curbsim in another format"):
        sim.read(folder)


@pytest.mark.parametrize("command", ["report", "importance"])
def test_commands_that_read_run_folders_say_it_and_end_with_1(
    command: str,
    result: sim.Result,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = folder_with(result, tmp_path, format=None, **OLD)
    monkeypatch.setattr("sys.argv", ["curbsim", command, str(folder)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "written by curbsim 0.1.0 in another format" in " ".join(capsys.readouterr().err.split())


def test_the_folder_of_an_experiment_is_no_run(tmp_path: Path) -> None:
    manifest = experiment_manifest("compare", [curbed()])
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(CurbsimError, match="holds compare, not a run; write a folder that curbsim run wrote"):
        sim.read(tmp_path)


def damaged(result: sim.Result, place: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """Return what is said of a run folder whose manifest was changed."""
    folder = result.save(place)
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(CurbsimError) as refused:
        sim.read(folder)
    return str(refused.value).replace(str(folder), "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["labels"].pop("units"), "labels.units is missing"),
        (lambda m: m.pop("versions"), "versions is missing"),
        (lambda m: m["labels"].update(days="9"), "labels.days is wrong: input should be a valid integer"),
        (lambda m: m["labels"].update(uses=[[0.5]]), "labels.uses.0.0 is wrong: input should be a valid"),
        (lambda m: m["labels"]["processes"].reverse(), "manifest.json is not as it was written"),
        (lambda m: m.update(seed=m["seed"] + 1), "manifest.json is not as it was written"),
        (lambda m: m["files"].clear(), "manifest.json is not as it was written"),
        (lambda m: m.pop("digest"), "digest is missing"),
    ],
)
def test_a_damaged_manifest_is_refused_with_what_is_wrong(
    change: Callable[[dict[str, Any]], object], words: str, result: sim.Result, tmp_path: Path
) -> None:
    said = damaged(result, tmp_path, change)
    assert said.startswith(f": this is not a run folder of this version ({words}")
    assert said.endswith("; run the scenario again")


@pytest.mark.parametrize("name", ["scenario.yaml", "replications.npz"])
def test_files_that_are_others_or_missing_are_refused(name: str, result: sim.Result, tmp_path: Path) -> None:
    path = result.save(tmp_path) / name
    for wrong in ("not as it was written", "missing"):
        path.write_bytes(path.read_bytes() + b" ") if wrong != "missing" else path.unlink()
        with pytest.raises(CurbsimError, match=rf"{name} is {wrong}"):
            _ = sim.read(path.parent).scenario


def test_tables_by_day_are_parquet_or_what_is_asked_for_and_read_back_alike(
    result: sim.Result, tmp_path: Path
) -> None:
    usual = result.save(tmp_path / "a")
    asked = result.save(tmp_path / "b", formats="csv")
    assert {path.suffix for path in (usual / "tables").iterdir()} == {".parquet"}
    assert {path.suffix for path in (asked / "tables").iterdir()} == {".csv"}
    for name in ("production", "stocks", "shipments", "demand"):
        first, second = (sim.read(folder).table(name) for folder in (usual, asked))
        assert first["date"].dtype.kind == second["date"].dtype.kind == "M"
        pd.testing.assert_frame_equal(first, second, check_dtype=False, check_categorical=False)


def test_a_table_that_is_damaged_is_told(result: sim.Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path)
    (folder / "tables" / "stocks.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(CurbsimError, match="tables: a table cannot be read"):
        sim.read(folder).table("stocks")


def test_what_cannot_be_drawn_costs_a_message_and_no_number(result: sim.Result, tmp_path: Path) -> None:
    seen: list[bool] = []

    def fail(place: Path) -> None:
        seen.append((tmp_path / result.folder_name / "summary.csv").is_file())
        raise ValueError(f"no room in {place.name}")

    with pytest.warns(LeftOutWarning) as told:
        folder = result.save(tmp_path, figures=fail, report=fail)
    assert seen == [True, True]
    assert [str(one.message).replace(str(folder), "") for one in told] == [
        ": figures could not be drawn (no room in figures); all else is there",
        f": the report could not be written (no room in {folder.name}); all else is there",
    ]
    assert sim.read(folder).summary().equals(result.summary())


def test_a_manifest_that_is_no_mapping_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(
        CurbsimError, match=r"manifest\.json: cannot be read .*write the path of a run folder"
    ):
        sim.read(tmp_path)
