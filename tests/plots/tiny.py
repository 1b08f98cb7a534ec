"""Tiny curbed worlds for figures."""

from __future__ import annotations

import importlib.util
import pathlib
from typing import Any

from sim.scenario import Scenario, from_tree

WORLDS = pathlib.Path(__file__).parents[1] / "scenario" / "worlds.py"


def worlds() -> Any:
    """Return the module of tiny worlds that the tests of scenarios use."""
    spec = importlib.util.spec_from_file_location("plot_worlds", WORLDS)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def curbed(
    *, kind: str = "embargo", material: str = "acid", country: str = "KR", curb: Any = None, **options: Any
) -> Scenario:
    """Return a chain with an idle alternative and a curb from July to October."""
    made = worlds()
    select = {"material": material, "from": "JP", "to": country}
    event = made.event(kind, **{"until": "2019-10-15", "role": "treatment", "select": select, **(curb or {})})
    ranges = {"facilities.line.stocks.acid.cover": {"low": "15 days", "mode": "30 days", "high": "60 days"}}
    for entry in ranges.values():
        entry["source"] = "estimate"
    return from_tree(made.chain(alternative=True, events={"curb": event}, uncertain=ranges, **options))


def licensed() -> Scenario:
    """Return the chain under individual licences that take two months."""
    rules = {"review": {"acid": "60 days"}, "lot": "30 days", "validity": "180 days", "source": "estimate"}
    return curbed(kind="licence", curb={"regime": "individual"}, regimes={"individual": rules})
