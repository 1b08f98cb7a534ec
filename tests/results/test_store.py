"""Run folders say in which format they were written, and those of another format are refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.cli.app import main
from sim.errors import CurbsimError
from sim.results.provenance import experiment_manifest
from sim.results.store import FORMAT
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


def test_a_manifest_that_is_no_mapping_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(
        CurbsimError, match=r"manifest\.json: cannot be read .*write the path of a run folder"
    ):
        sim.read(tmp_path)
