"""The lines of docs/ten_questions.md answer what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import sim
from tests.project import pages

PAGE = pages.text("docs/ten_questions.md")


def write_list() -> None:
    """Write the list in the folder of the lines: decimal commas, a header of its own, a note."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Lieferant", "Abnehmer", "Menge", "Notiz"],
        ["Mine", "Werk", "2,5", "x"],
        ["Werk", "Bau", 1, ""],
    ):
        sheet.append(row)
    book.save("list.xlsx")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything that the lines of the page have made, with two replications."""
    made: dict[str, Any] = {}
    with pages.inside(tmp_path_factory.mktemp("asked")):
        write_list()
        for block in pages.blocks(PAGE, "python"):
            exec(re.sub(r"replications=\d+", "replications=2, jobs=1", block), made)
        made["compared"] = sim.compare(made["first"], made["second"])
        made["ran"] = sim.runs("runs")
    return made


def test_the_lines_give_what_the_page_says(names: dict[str, Any]) -> None:
    assert names["shorter"].title.endswith(", changed: run.end = 2019-12-31")
    assert names["covers"].loc["samsung_memory/hf_liquid"] > 0.0
    assert names["slow"]["lead_time_days"].min() > 20.0
    assert names["graph"].number_of_edges() == len(names["curbs"].links)
    assert names["ran"]["scenario"].tolist() == ["curbs_2019+strict", "curbs_2019"]
    assert [result.name for result in names["compared"].results] == ["curbs_2019", "curbs_2019+strict"]


def test_first_days_losses_by_date_and_a_list_of_ones_own(names: dict[str, Any]) -> None:
    assert {"held_back_first", "lost_first", "stopped_first"} <= set(names["days"])
    assert {"2019-12-31", "2020-06-30", "2020-12-31"} <= set(names["losses"]["horizon"].astype(str))
    assert "Notiz" in names["own"].document.meta.assumptions["ignored"]


def test_the_changes_alone_load_back(names: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(names["more"].to_yaml(changes_only=True), encoding="utf-8")
    assert sim.load(tmp_path / "more.yaml").hash == names["more"].hash


def test_every_question_has_a_line() -> None:
    questions = re.findall(r"^\*\*[^*]+\?\*\*", PAGE, re.MULTILINE)
    assert len(questions) == len(pages.blocks(PAGE, "python")) - 1 >= 9
