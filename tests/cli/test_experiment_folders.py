"""The folders that experiments leave: whole, described, and the same bytes for the same command."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.cli.app import app
from sim.results import store
from tests.experiments.test_calibration import FOUR, GRANT, STOP, write_case

QUICK = ["--replications", "3", "--jobs", "1", "--format", "json"]
COMMANDS = {
    "compare": ["compare", "small.yaml", "small.yaml+short", *QUICK],
    "sweep": [
        "sweep",
        "small.yaml",
        "--vary=model.order_inflation=0,0.5",
        "--vary=model.switching=0,1",
        *QUICK,
    ],
    "roles": ["roles", "small.yaml", *QUICK],
    "structure": ["structure", "small.yaml", "--replications", "96", *QUICK[2:]],
}


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def leaves(words: list[str], out: str = "runs") -> Path:
    """Run a command in this process; return its one folder."""
    app([*words, "--out", out], standalone_mode=False)
    (saved,) = Path(out).iterdir()
    return saved


@pytest.mark.parametrize("name", COMMANDS)
def test_an_experiment_leaves_a_described_folder(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    first = leaves(COMMANDS[name])
    assert first.name.startswith(f"{name}-chain-")
    manifest = json.loads((first / "manifest.json").read_text())
    assert manifest["experiment"] == name
    assert manifest["inputs"]["seed"] == 5
    written = sim.load(first / "scenario_1.yaml")
    assert written.hash == manifest["inputs"]["scenarios"][0]["hash"]
    codebook = pd.read_csv(first / "codebook.csv", keep_default_na=False)
    for path in (first / "tables").glob("*.csv"):
        columns = set(codebook[codebook["table"] == path.stem]["column"])
        assert columns == set(pd.read_csv(path).columns) == set(pd.read_parquet(path.with_suffix(".parquet")))
    varied = codebook[codebook["description"] == store.VARIED[1]]["column"]
    assert set(varied) == ({"model.order_inflation", "model.switching"} if name == "sweep" else set())
    again = leaves(COMMANDS[name], "again")
    assert content(first) == content(again)


def test_values_of_several_kinds_are_written_as_text(tmp_path: Path) -> None:
    table = pd.DataFrame({"a.b": [7, "7 days"], "who": ["x/y", "x/y"]})
    manifest = {"experiment": "sweep", "inputs": {"scenarios": [{"name": "a b"}]}}
    saved = store.save_experiment(tmp_path, manifest, {"points": table}, {})
    assert saved.name.startswith("sweep-a-b-")
    assert pd.read_parquet(saved / "tables" / "points.parquet")["a.b"].tolist() == ["7", "7 days"]


def test_figures_that_were_observed_leave_folders_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    figures = {"grant": GRANT | {"observed": 40}, "stop": STOP | {"observed": 0}}
    figures |= FOUR
    case = str(write_case(tmp_path, figures))
    saved = leaves(["hindcast", case, "--origin", "2019-03-01", *QUICK], "hindcasts")
    names = {path.stem for path in (saved / "tables").iterdir()}
    assert names == {"hindcast", "hindcast_scores", "hindcast_by_figure"}
    assert json.loads((saved / "manifest.json").read_text())["inputs"]["origins"] == ["2019-03-01"]
    words = ["identify", case, "--by", case, "--replications", "32", *QUICK[2:]]
    saved = leaves(words, "identified")
    names = {path.stem for path in (saved / "tables").iterdir()}
    assert names == {"sets_of_draws", "figures", "hinges"}
    assert (saved / "scenario_2.yaml").is_file()


def test_a_full_disk_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_codebook", full)
    with pytest.raises(sim.CurbsimError, match="No space left on device"):
        app(COMMANDS["compare"], standalone_mode=False)
    assert [path.name for path in (folder / "runs").iterdir()] == [".unfinished"]  # what was run is kept
    assert not list(folder.rglob("*.part"))
