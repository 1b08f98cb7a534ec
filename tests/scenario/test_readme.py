"""Every example of the format's reference is valid."""

from __future__ import annotations

import pathlib
import re
import typing

import pytest

from sim.network.large.assumptions import read_tables
from sim.scenario import check, json_schema
from sim.scenario.csv_tables import parse_table
from sim.scenario.schema import document, sections
from sim.scenario.schema.lookup import KINDS
from tests.scenario.examples import BLOCKS, TEXT, WORLD


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "chain.yaml").write_text(WORLD, encoding="utf-8")
    for name in ("firms", "edges"):
        table = re.search(rf"^`{name}.csv`: .*?^```csv\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
        assert table is not None
        (tmp_path / "scenarios" / f"{name}.csv").write_text(table[1], encoding="utf-8")
    return tmp_path / "scenarios"


@pytest.mark.usefixtures("folder")
def test_tables_of_a_network_can_be_read() -> None:
    firms = read_tables("scenarios/edges.csv", "scenarios/firms.csv")[1]
    assert firms["id"].tolist() == ["plant", "line"]


@pytest.mark.usefixtures("folder")
def test_the_small_world_is_valid() -> None:
    assert check(["chain"]) == []


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[1].strip()[:20])
def test_example_is_valid_on_the_small_world(folder: pathlib.Path, block: str) -> None:
    head = "" if block.startswith("format:") else "format: 1\nextends: chain\n"
    (folder / "example.yaml").write_text(head + block, encoding="utf-8")
    assert [str(problem) for problem in check(["example"])] == []


def test_tables_of_the_reference_are_valid() -> None:
    tables = re.findall(r"^```csv (\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert tables
    for name, text in tables:
        assert parse_table(text, f"{name}.csv", name)[1] == []


def test_every_kind_of_event_has_an_example() -> None:
    for kind in KINDS:
        assert f"kind: {kind}" in TEXT


def test_every_section_has_an_example() -> None:
    shown = set(re.findall(r"^(\w+):", "\n".join([WORLD, *BLOCKS]), re.MULTILINE))
    assert set(document.Document.model_fields) - {"baseline"} <= shown
    assert typing.get_args(sections.RegimeName)


def test_every_field_is_shown() -> None:
    """Every name that the schema knows stands on the page."""
    known = json_schema()
    sections = [known, *known["$defs"].values()]
    fields = {field for section in sections for field in section.get("properties", {})}
    assert len(fields) > 100
    assert fields - set(re.findall(r"\w+", TEXT)) == set()
