"""What a selection stands for."""

from __future__ import annotations

import pytest

from sim.scenario import Scenario
from sim.scenario.schema.events import Selection
from sim.scenario.selection import select


def selection(**conditions: object) -> Selection:
    named = {key.rstrip("_"): value for key, value in conditions.items()}
    return Selection.model_validate(named)


ALL = ("acid/plant-line", "acid/spare-line", "raw/pit-plant")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ALL),
        ({"material": "acid"}, ALL[:2]),
        ({"material": ["acid", "raw"]}, ALL),
        ({"group": "wet"}, ALL[:2]),
        ({"from_": "JP"}, (ALL[0], ALL[2])),
        ({"from_": "JP", "to": "KR"}, ALL[:1]),
        ({"from_": {"firm": "other"}}, ALL[1:2]),
        ({"to": {"facility": ["plant"]}}, ALL[2:]),
        ({"country": "KR"}, ALL[:2]),
        ({"firm": "maker"}, ALL[2:]),
        ({"facility": "li*"}, ALL[:2]),
        ({"link": "acid/*"}, ALL[:2]),
        ({"except": {"material": "raw"}}, ALL[:2]),
        ({"except": {"from": "JP", "to": "KR"}}, ALL[1:]),
        ({"except": {"from": {"firm": "other"}, "to": "JP"}}, ALL),
        ({"from_": "US"}, ()),
    ],
)
def test_links(world: Scenario, conditions: dict, expected: tuple[str, ...]) -> None:
    assert select(world.document, "links", selection(**conditions)) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ("line/acid", "plant/raw")),
        ({"country": "KR"}, ("line/acid",)),
        ({"to": "KR"}, ("line/acid",)),
        ({"from_": {"firm": "other"}}, ("line/acid",)),
        ({"link": "raw/*"}, ("plant/raw",)),
        ({"except": {"from": "KR"}}, ("plant/raw",)),
        ({"material": "acid", "firm": "fab"}, ("line/acid",)),
    ],
)
def test_stocks(world: Scenario, conditions: dict, expected: tuple[str, ...]) -> None:
    assert select(world.document, "stocks", selection(**conditions)) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"material": "acid"}, ("plant/acid", "spare/acid")),
        ({"material": "acid", "except": {"country": "KR"}}, ("plant/acid",)),
        ({"from_": "JP"}, ("pit/raw", "plant/acid")),
        ({"to": {"facility": "plant"}}, ("pit/raw",)),
        ({"link": "acid/*"}, ("plant/acid", "spare/acid")),
        ({"firm": "fab"}, ("line/chip",)),
    ],
)
def test_processes(world: Scenario, conditions: dict, expected: tuple[str, ...]) -> None:
    assert select(world.document, "processes", selection(**conditions)) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ("chip/line",)),
        ({"demand": "chip/*"}, ("chip/line",)),
        ({"material": "acid"}, ()),
        ({"country": "KR", "except": {"firm": "fab"}}, ()),
    ],
)
def test_demands(world: Scenario, conditions: dict, expected: tuple[str, ...]) -> None:
    assert select(world.document, "demands", selection(**conditions)) == expected
