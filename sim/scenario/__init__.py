"""The scenario format: reading, layering, validating, selecting, comparing.

The names are loaded when they are first used: where files lie can be told without the schema.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario.library import scenarios
    from sim.scenario.scenario import (
        PathChange,
        Scenario,
        ScenarioLike,
        as_scenario,
        check,
        from_tree,
        load,
    )
    from sim.scenario.schema.lookup import json_schema

__all__ = [
    "PathChange",
    "Scenario",
    "ScenarioLike",
    "as_scenario",
    "check",
    "from_tree",
    "json_schema",
    "load",
    "scenarios",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sim.scenario' has no attribute '{name}'")
    home = {"json_schema": "schema.lookup", "scenarios": "library"}.get(name, "scenario")
    return getattr(import_module(f"sim.scenario.{home}"), name)
