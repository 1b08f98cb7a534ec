"""Titles, names and ids of a user are never markup, mathematics, format or formula, wherever they are written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.cli.printing import print_rows, progress_bar
from sim.files import plain_cell
from sim.results.store import file_names, folder_name
from sim.scenario.scenario import from_tree
from tests.worlds import chain, event

HOSTILE = '=1+1 $x^{$ \\frac{ [/blue] :smile: {b} %s <script>alert(1)</script> & "q" #_~^\nline'
LINE = HOSTILE.replace("\n", " ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    events = {"cut": event("embargo", role="treatment", until="2019-08-30", title=HOSTILE)}
    tree = chain(events=events, run={"end": "2019-09-30"}, refiner=False)
    tree["meta"] |= {"title": HOSTILE, "question": HOSTILE, "description": HOSTILE}
    for section in ("materials", "firms", "facilities"):
        for entry in tree[section].values():
            entry["title"] = HOSTILE
    tree["meta"]["sources"]["estimate"]["title"] = HOSTILE
    result = sim.run(from_tree(tree), replications=2, jobs=1)
    saved = result.save(tmp_path_factory.mktemp("hostile"), formats=("csv", "dta"))
    sim.report.write(result, saved, stata=True)
    return saved


def test_every_writer_takes_text_as_text(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert len(list((folder / "figures").glob("*.png"))) > 3
    titles = pd.read_csv(folder / "report_tables" / "losses.csv")["title"]
    assert titles.str.startswith(f"'{LINE}").all()
    latex = (folder / "report_tables" / "losses.tex").read_text(encoding="utf-8")
    assert "\\$x\\textasciicircum{}\\{\\$ \\textbackslash{}frac\\{" in latex and "<script" not in latex
    assert pd.read_stata(folder / "report_tables" / "losses.dta")["title"].str.startswith(LINE).all()


def test_heads_and_cells_of_the_terminal_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"[/blue] :smile:": "[red]x[/blue]"}], "table")
    print_rows([{"=1+1": "@acid", "low": -0.5}], "csv")
    with progress_bar(2, "{b} [/blue]") as advance:
        advance(2)
    out, err = capsys.readouterr()
    assert "[/blue] :smile:" in out and "[red]x[/blue]" in out
    assert out.endswith("'=1+1,low\n'@acid,-0.5\n")
    assert err.startswith("{b} [/blue]: 2/2")


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_a_text_is_no_formula_of_a_spreadsheet(mark: str) -> None:
    assert plain_cell(f"{mark}cmd|'/c calc'!A0") == f"'{mark}cmd|'/c calc'!A0"


def test_names_of_files_fit_every_file_system() -> None:
    assert folder_name("../a\\b\0c") == "a-b-c"
    assert len(folder_name("\ud55c" * 200).encode()) <= 120
    assert folder_name("NUL") == "NUL-"
    assert len({name.casefold() for name in file_names(["a b", "a-b", "A/B"]).values()}) == 3


@pytest.mark.parametrize(
    ("title", "words"), [("x" * 201, "has 201 letters; write 200 at most"), ("a\x1b[31m", "U+001B")]
)
def test_endless_names_and_control_characters_are_refused(title: str, words: str) -> None:
    with pytest.raises(sim.CurbsimError, match=words.replace("+", r"\+")):
        from_tree(chain(meta={"title": title}))


def test_trees_from_python_are_bounded() -> None:
    endless: dict[str, object] = {}
    endless["a"] = endless
    with pytest.raises(sim.CurbsimError, match="more than 64 levels"):
        from_tree(chain(variants={}) | {"variants": {"v": endless}})
