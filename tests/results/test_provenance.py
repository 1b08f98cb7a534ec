"""Stored outcomes are found again only by the same code and the same versions of the packages behind it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.results import provenance
from sim.runner import checkpoint
from sim.runner.compiled_scenario import CompiledScenario
from sim.scenario import from_tree
from tests.worlds import chain


def digest() -> str:
    """Return the digest anew, whatever has been kept of it."""
    return provenance.code_digest.__wrapped__()


@pytest.mark.parametrize("package", provenance.PACKAGES)
def test_another_version_of_a_package_is_other_code(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    today, known = digest(), provenance._version
    assert today == digest()
    monkeypatch.setattr(provenance, "_version", lambda name: "9.9" if name == package else known(name))
    assert digest() != today


def test_the_key_of_kept_work_is_that_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    world = from_tree(chain())
    tasks = [(CompiledScenario(scenario=world, baseline=world.baseline(), seed=1, replications=2), [0, 1])]
    today = checkpoint.key_of(tasks)
    assert today == checkpoint.key_of(tasks)
    monkeypatch.setattr(checkpoint, "code_digest", lambda: "other code")
    assert checkpoint.key_of(tasks) != today


@pytest.mark.parametrize("change", [{"seed": 2}, {"replications": 3}, {"chance": np.array([1, 0])}])
def test_the_key_of_kept_work_is_that_of_its_options(change: dict[str, object]) -> None:
    world = from_tree(chain())
    given = {"scenario": world, "baseline": world.baseline(), "seed": 1, "replications": 2}
    keys = {checkpoint.key_of([(CompiledScenario(**options), [0, 1])]) for options in (given, given | change)}
    assert len(keys) == 2
