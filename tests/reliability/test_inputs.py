"""Each kind of input that once crashed the program or lost a run: what it ends with now."""

from __future__ import annotations

import json
import os
import pickle
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.cli.app import main
from sim.errors import CurbsimError
from sim.scenario.yaml_files import to_yaml
from tests.cli.test_cli import curbsim, started
from tests.runner.test_replications import curbed
from tests.worlds import chain, event

ROOT = Path(__file__).parents[2]
CHAIN = chain(
    run={"end": "2019-12-31", "replications": 2, "seed": 5},
    events={"cut": event("embargo", role="treatment", until="2019-10-31")},
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the world `base.yaml`."""
    (tmp_path / "base.yaml").write_text(to_yaml(CHAIN), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ends(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Give a command in this process; return its exit code and all that it printed."""
    monkeypatch.setattr(sys, "argv", ["curbsim", *words])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def laugh(deep: int) -> str:
    """Return variants whose values are ten aliases each, so many levels deep."""
    keys = [f"k{i}" for i in range(10)]
    lines = [f"  v0: &v0 {{{', '.join(f'{key}: x' for key in keys)}}}"]
    for level in range(1, deep):
        below = ", ".join(f"{key}: *v{level - 1}" for key in keys)
        lines.append(f"  v{level}: &v{level} {{{below}}}")
    return "variants:\n" + "\n".join(lines) + "\n"


REFUSED = {
    "aliases of aliases": (laugh(7), "mine.yaml:"),
    "a list of aliases": (
        "meta:\n  a: &a [x, x]\n" + "".join(f"  {b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefghijklmnopqrs", "bcdefghijklmnopqrst")),
        "mine.yaml:",
    ),
    "a choice of words": (
        "uncertain: {model.production: {values: [pbl, ces], weights: [0.5, 0.5], source: estimate}}\n",
        "uncertain.model.production: model.production cannot vary; write the path of a number",
    ),
    "a choice of dates": (
        "uncertain: {run.start: {values: [2019-01-01, 2019-02-01], weights: [1, 1], source: estimate}}\n",
        "uncertain.run.start",
    ),
    "a lead time for ever": (
        "links: {acid/plant-line: {lead_time: 400000 years}}\n",
        "links.acid/plant-line.lead_time: '400000 years' is longer than 100 years",
    ),
    "a cover for ever": ("facilities: {line: {stocks: {acid: {cover: 1e9 days}}}}\n", "is longer than 100 years"),
    "a shelf life for ever": ("materials: {acid: {shelf_life: 101 years}}\n", "is longer than 100 years"),
    "a cycle for ever": (
        "facilities: {line: {makes: {chip: {cycle_time: 99999 weeks}}}}\n",
        "is longer than 100 years",
    ),
    "a run for ever": ("run: {end: 9999-12-31}\n", "is longer than 100 years; write a date up to"),
}  # fmt: skip


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_run_is_refused_by_check_and_by_run_alike(
    name: str,
    command: str,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text, words = REFUSED[name]
    (place / "mine.yaml").write_text(f"format: 1\nextends: base\n{text}", encoding="utf-8")
    code, printed = ends([command, "mine.yaml"], monkeypatch, capsys)
    assert code == 1 and words in printed, printed
    assert "Traceback" not in printed and not (place / "runs").exists()


@pytest.mark.parametrize(
    "parent", ["''", ".", "/", "..", "' '", "//", "./", "'\\0'", "~", "'*'", "[base]", "{a: base}"]
)
def test_parents_that_are_no_files_are_told(
    parent: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = parent.replace("'\\0'", '"\\0"')
    (place / "mine.yaml").write_text(f"format: 1\nextends: {text}\nmeta: {{name: m}}\n", encoding="utf-8")
    code, printed = ends(["check", "mine.yaml"], monkeypatch, capsys)
    assert code == 1 and printed.startswith("mine.yaml:"), printed
    code, printed = ends(["check", text.strip("'\"")], monkeypatch, capsys)
    told = ("there is no scenario", "is a folder without a world.yaml", "is empty;")
    assert code == 1 and "Traceback" not in printed
    assert any(words in printed for words in told) or text in "~[]{}", printed


TITLE = "Costs $x^{$ \\frac{ {b} {0} %s %(a)s [/blue] [red] \\textbf{a} & b_c #d"


def test_names_and_titles_are_texts_on_a_terminal_and_in_all_that_is_kept(place: Path) -> None:
    """Whatever they would mean in formats, markup, mathematics or LaTeX; a pipe has no bar of progress."""
    tree = {"format": 1, "extends": "base", "meta": {"title": TITLE}}
    (place / "na{b}me [red].yaml").write_text(to_yaml(tree), encoding="utf-8")
    ours, theirs = pty.openpty()
    words = ["run", "na{b}me [red].yaml", "--replications", "3", "--jobs", "1", "--no-structure"]
    with subprocess.Popen(
        [sys.executable, "-m", "sim", *words],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
    ) as process:
        os.close(theirs)
        printed = b"".join(read_all(ours)).decode()
    assert process.returncode == 0, printed
    assert TITLE in printed
    (run,) = (place / "runs").iterdir()
    assert {"summary.csv", "replications.npz", "report.html"} <= {path.name for path in run.iterdir()}


def read_all(file: int) -> Iterator[bytes]:
    """Yield what a terminal shows until it is closed."""
    while True:
        try:
            part = os.read(file, 65536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            os.close(file)
            return
        yield part


def test_what_a_second_command_would_have_left_is_counted_once(tmp_path: Path) -> None:
    """A file of kept replications under another name, or of another place: six for six that are asked for."""
    counts: list[int] = []

    def stop(count: int) -> None:
        counts.append(count)
        if sum(counts) > 3:
            raise RuntimeError

    options: dict[str, Any] = {"replications": 6, "jobs": 1, "checkpoint": tmp_path / "runs"}
    with pytest.raises(RuntimeError):
        sim.run(curbed(), progress=stop, **options)
    (file,) = (tmp_path / "runs").rglob("*.npz")
    for name in ("0-99.npz", "1-0.npz", "z.npz"):
        shutil.copy(file, file.with_name(name))
    assert sim.run(curbed(), **options).replications == 6
    assert list((tmp_path / "runs").iterdir()) == []


def test_check_sees_that_a_table_is_gone(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads what it checks, every time, and writes no verdict anywhere."""
    (place / "tables").mkdir()
    (place / "tables" / "e.csv").write_text("supplier,buyer\nmine,shop\n")
    (place / "tables" / "f.csv").write_text("id,country,material\nmine,JP,ore\nshop,KR,car\n")
    tree = {
        "format": 1,
        "meta": {"name": "n", "sources": {"estimate": {"title": "E"}}},
        "run": {"start": "2019-01-01", "end": "2019-03-01", "replications": 1},
        "materials": {"ore": {"unit": "t"}, "car": {"unit": "t"}},
        "network": {"edges": "tables/e.csv", "firms": "tables/f.csv"},
    }
    (place / "n.yaml").write_text(to_yaml(tree))
    before = sorted(place.rglob("*"))
    assert ends(["check", "n.yaml"], monkeypatch, capsys)[0] == 0
    for name in ("e.csv", "f.csv"):
        text = (place / "tables" / name).read_text()
        (place / "tables" / name).unlink()
        code, printed = ends(["check", "n.yaml"], monkeypatch, capsys)
        assert code == 1 and f"there is no file 'tables/{name}'" in printed
        (place / "tables" / name).write_text(text)
        assert ends(["check", "n.yaml"], monkeypatch, capsys)[0] == 0
    assert sorted(place.rglob("*")) == before


def test_two_identical_commands_at_once_end_well_beside_a_good_folder(place: Path) -> None:
    words = ["sweep", "base.yaml", "--vary", "model.order_inflation=0,0.5", "--replications", "2"]
    assert curbsim(*words, cwd=place).returncode == 0
    (good,) = (place / "runs").iterdir()
    before = {path.name: path.read_bytes() for path in good.iterdir() if path.suffix == ".csv"}
    both = [started(*words, cwd=place) for _ in range(2)]
    outs = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert list((place / "runs").iterdir()) == [good]
    assert {name: (good / name).read_bytes() for name in before} == before


class Program:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("it ran",)


@pytest.mark.parametrize("name", ["Z.pkl", "Z.PKL", "Z.npz", "Z.npy", "Z.txt", "../Z.txt"])
def test_the_import_of_a_table_runs_no_program_and_leaves_nothing(
    name: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pickle is refused by its name, and read as text where its name is one of text."""
    (place / "table").mkdir()
    told = {key: {"name": f"{key}.txt", "nr_header": "2", "nr_index_col": "2"} for key in ("Z", "Y")}
    told["Z"]["name"] = name
    (place / "table" / "file_parameters.json").write_text(json.dumps({"files": told}))
    (place / "table" / name).write_bytes(pickle.dumps(Program()))
    code, printed = ends(["import", "table", "--out", "world"], monkeypatch, capsys)
    assert code == 1 and printed.startswith("table"), printed
    assert not (place / "it ran").exists() and not (place / "world").exists()


def test_objects_in_kept_replications_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "replications.npz"
    np.savez(path, process=np.array([Program()], dtype=object))
    with pytest.raises(CurbsimError, match="cannot be read"):
        sim.results.store.read_arrays(path)
    assert not Path("it ran").exists()
