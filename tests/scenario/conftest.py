"""Fixtures of the scenario tests."""

from __future__ import annotations

import pathlib

import pytest

from sim.scenario import Scenario, from_tree
from sim.scenario.yaml_files import to_yaml
from tests.worlds import chain


@pytest.fixture
def world() -> Scenario:
    return from_tree(chain(alternative=True))


@pytest.fixture
def library(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A working directory whose `scenarios` folder holds the chain as a world."""
    folder = tmp_path / "scenarios"
    (folder / "chain").mkdir(parents=True)
    (folder / "chain" / "world.yaml").write_text(to_yaml(chain(alternative=True)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return folder
