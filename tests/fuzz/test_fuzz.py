"""Broken inputs of every entrance end with a message; `make fuzz` tries 10,000 of them."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.network.large.cells import numbers_of
from tests.fuzz.edits import EDITS, Edit, edit_file
from tests.fuzz.entrances import ENTRANCES, Entrance, attempt


@pytest.mark.parametrize("entrance", ENTRANCES, ids=lambda entrance: entrance.name)
def test_what_edits_start_from_is_good(entrance: Entrance) -> None:
    outcome = attempt(entrance, 0.0, lambda path: None)
    assert outcome.how == "ran", outcome


@pytest.mark.parametrize("entrance", ENTRANCES, ids=lambda entrance: entrance.name)
def test_broken_inputs_end_with_a_message(entrance: Entrance) -> None:
    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.floats(0.0, 1.0), EDITS)
    def tried(place: float, edits: list[Edit]) -> None:
        outcome = attempt(entrance, place, lambda path: edit_file(path, edits))
        assert outcome.how != "failed", outcome.says

    tried()


def test_an_edit_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one: two\n")
    edit_file(path, [Edit("replace_word", 1.0, "inf"), Edit("repeat_line", 0.0, "")])
    assert path.read_text() == "one: inf\none: inf\n"
    edit_file(path, [Edit("folder", 0.0, ""), Edit("insert", 0.0, "x")])
    assert path.is_dir()


def test_a_cell_of_hundreds_of_digits_is_no_number_at_once() -> None:
    """A digit has one way through the pattern: with two, each digit more doubles the time."""
    cells = pd.Series(["9" * 400 + "'" + "9" * 400 + "x", "1'000.5", "1 000"])
    assert numbers_of(cells).tolist()[1:] == [1000.5, 1000.0]
    assert math.isnan(numbers_of(cells)[0])
