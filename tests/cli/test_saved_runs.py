"""Commands on runs that were made before: they are listed, found by name, compared; progress says what it counts."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import sim
from sim.cli.app import app, main
from sim.cli.printing import progress_lines
from sim.progress import Progress, in_notebook
from sim.scenario.yaml_files import to_yaml
from tests.worlds import chain, event

QUICK = ["--replications", "3", "--jobs", "1"]
CHANGE = "events.cut.until=2019-09-01"


CUT = event("embargo", role="treatment", until="2019-12-31")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a scenario with two runs of it: as written, then with a change."""
    here = tmp_path_factory.mktemp("saved")
    tree = chain(
        run={"end": "2020-03-31", "replications": 4, "seed": 5},
        events={"cut": CUT},
        variants={"short": {"events": {"cut": {"until": "2019-08-01"}}}},
    )
    (here / "small.yaml").write_text(to_yaml(tree), encoding="utf-8")
    scenario = sim.load(here / "small.yaml")
    for number, one in enumerate((scenario, scenario.with_({"events.cut.until": "2019-09-01"}))):
        saved = sim.run(one, replications=3, jobs=1).save(here / "runs")
        os.utime(saved / "manifest.json", (1.6e9 + number, 1.6e9 + number))
    return here


@pytest.fixture
def place(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the working directory."""
    shutil.copytree(runs, tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    return tmp_path / "mine"


def said(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command in this process and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["curbsim", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_runs_are_listed_the_latest_first(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "runs" / "odd").mkdir()
    (place / "runs" / "odd" / "manifest.json").write_text("[]")
    app(["runs", "--format", "json"], standalone_mode=False)
    damaged, changed, whole = json.loads(capsys.readouterr().out)
    assert damaged["whole"] == "damaged"
    assert [changed["changes"], whole["changes"]] == ["events.cut.until = 2019-09-01", ""]
    assert (whole["scenario"], whole["seed"], whole["replications"], whole["whole"]) == (
        "chain",
        5,
        3,
        "whole",
    )
    assert whole["folder"].startswith("runs/chain-") and "-changed-" in changed["folder"]
    frame = sim.runs()
    assert list(frame) == list(whole) and frame["whole"].tolist() == ["damaged", "whole", "whole"]
    assert sim.runs("nowhere").empty


def test_folders_of_experiments_are_listed_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app(["compare", "small.yaml", "small.yaml+short", *QUICK], standalone_mode=False)
    row = sim.runs().iloc[0]
    assert (row["holds"], row["scenario"], row["whole"]) == ("compare", "chain, chain+short", "whole")
    assert (row["seed"], row["replications"]) == (5, 3)
    made = [sim.run(name, replications=3, jobs=1).save("runs") for name in ("small.yaml", "small.yaml+short")]
    capsys.readouterr()
    app(["compare", *map(str, made)], standalone_mode=False)
    assert "chain+short differs from chain in 1 value:" in capsys.readouterr().err
    more = sim.run("small.yaml", replications=4, jobs=1)
    with pytest.raises(sim.CurbsimError, match="run both again with the same --seed and --replications"):
        sim.compare(made[0], more)


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without figures, which take longest and have tests of their own."""
    monkeypatch.setattr("sim.plots.figures", lambda *given: {})


@pytest.mark.usefixtures("without_figures")
def test_the_latest_run_is_found_by_name(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app(["report", "--latest", "chain"], standalone_mode=False)
    out, err = capsys.readouterr()
    assert "-changed-" in out and out.strip().endswith("report.html")
    assert "latest run of chain: runs/chain-changed-" in err and CHANGE.replace("=", " = ") in err


@pytest.mark.usefixtures("without_figures")
def test_reports_of_all_folders_that_a_wildcard_names(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = sorted(map(str, Path("runs").iterdir()))
    app(["report", *folders], standalone_mode=False)
    assert capsys.readouterr().out.split() == [f"{folder}/report.html" for folder in folders]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["report"], "report: no run folder; write its path, or --latest and the name of a scenario"),
        (["report", "--latest", "chains"], "runs: holds no run of 'chains'; did you mean 'chain'?"),
        (["importance", "FOLDERS"], "importance: 2 run folders (runs/chain-"),
        (["compare", "FOLDERS", "small.yaml"], "some are run folders, others scenarios"),
        (["compare", "FOLDERS", "--set", CHANGE], "finished runs have their options"),
        (["compare"], "compare needs two scenarios or more"),
        (["runs", "--latest", "x"], "No such option"),
    ],
)
def test_mistakes_are_told(
    words: list[str],
    told: str,
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folders = sorted(map(str, Path("runs").iterdir()))
    given = [part for word in words for part in (folders if word == "FOLDERS" else [word])]
    assert said(given, monkeypatch) in (1, 2)
    assert told in " ".join(capsys.readouterr().err.split())


def test_two_saved_runs_are_compared(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, changed = (str(next(Path("runs").glob(pattern))) for pattern in ("chain-[!c]*", "chain-changed-*"))
    app(["compare", plain, changed, "--format", "csv"], standalone_mode=False)
    out, err = capsys.readouterr()
    together = sim.compare(
        "small.yaml", sim.load("small.yaml").with_({"events.cut.until": "2019-09-01"}), replications=3, jobs=1
    )
    assert float(out.splitlines()[1].split(",")[4]) == pytest.approx(together.table()["difference"].iloc[0])
    assert "in 1 value:\n  events.cut.until: 2019-12-31 -> 2019-09-01" in err
    saved = next(Path("runs").glob("compare-chain-*"))
    manifest = json.loads((saved / "manifest.json").read_text())
    assert (manifest["inputs"]["seed"], manifest["inputs"]["replications"]) == (5, 3)


def test_a_change_of_all_that_are_compared_makes_their_days_the_same(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app(
        [
            "compare",
            "small.yaml",
            "small.yaml+short",
            "--set",
            "run.end=2019-12-31",
            *QUICK,
            "--format",
            "csv",
        ],
        standalone_mode=False,
    )
    rows = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert set(rows["who"]) and len(rows)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(["--version"], monkeypatch) == 0
    assert capsys.readouterr().out.startswith("curbsim 0.")


def test_progress_says_what_it_counts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app(
        ["structure", "small.yaml", "--replications", "96", "--jobs", "1", "--format", "csv"],
        standalone_mode=False,
    )
    err = capsys.readouterr().err
    assert "chain: 1/192 runs (96 replications, and each with another structure)" in err
    advance = progress_lines(20, "x")
    for _ in range(20):
        advance(1)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" replications")[0] for line in lines][:3] == [
        "x: 1/20",
        "x: 2/20",
        "x: 4/20",
    ]


def test_a_notebook_shows_progress_and_takes_it_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(100))
    monkeypatch.setattr(Progress.__init__, "__defaults__", ("replications", lambda: float(next(times))))
    with in_notebook(4, "chain", None) as advance:
        assert advance is None  # a script
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    with in_notebook(4, "chain", print) as advance:
        assert advance is print
    with in_notebook(4, "chain", None) as advance:
        assert advance is not None
        for _ in range(4):
            advance(1)
    shown, err = capsys.readouterr()
    assert err == ""  # red in a notebook
    assert "\rchain: 2/4 replications, about" in shown
    assert shown.endswith("\r") and not shown.split("\r")[-2].strip()
