"""Broken inputs of every entrance end with a message; `make fuzz` tries 10,000 of them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.edits import EDITS, Edit, edited
from tests.fuzz.entrances import ENTRANCES, Entrance, attempt


@pytest.mark.parametrize("entrance", ENTRANCES, ids=lambda entrance: entrance.name)
def test_what_edits_start_from_is_good(entrance: Entrance) -> None:
    assert attempt(entrance, 0.0, lambda data: data, strict=True) == ""


@pytest.mark.parametrize("entrance", ENTRANCES, ids=lambda entrance: entrance.name)
def test_broken_inputs_end_with_a_message(entrance: Entrance) -> None:
    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.floats(0.0, 1.0), EDITS)
    def tried(place: float, edits: list[Edit]) -> None:
        assert attempt(entrance, place, lambda data: edited(data, edits)) == ""

    tried()
