"""The scenario format: reading, layering, validating, selecting, comparing."""

from sim.scenario.jsonschema import json_schema
from sim.scenario.library import names
from sim.scenario.scenario import Change, Scenario, check, from_tree, load

__all__ = ["Change", "Scenario", "check", "from_tree", "json_schema", "load", "names"]
