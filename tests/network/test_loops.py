"""Loops that take all they make: found among all processes, with the gain, and refused before a run."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import CurbsimError, ScenarioError
from sim.network import compile_network
from sim.network.baseline import output_for
from sim.scenario import from_tree
from sim.scenario.validation.loops import Loop, hungry_loop, loop_fault
from tests import worlds


def found(system: np.ndarray) -> Loop | None:
    """Return the loop of a matrix of coefficients, supplier by user."""
    suppliers, users = np.nonzero(system)
    return hungry_loop(suppliers, users, system[suppliers, users], len(system))


def test_the_gain_of_one_circle_is_the_product_round_it() -> None:
    system = np.zeros((6, 6))
    system[0, 1] = system[1, 2] = 9.0  # a chain that leads into the circle
    system[3, 4], system[4, 5], system[5, 3] = 2.0, 0.5, 1.25
    loop = found(system)
    assert loop == Loop((3, 4, 5), 1.25, True)
    assert "p3 -> p4 -> p5 -> p3 uses 1.25 per unit" in loop_fault(loop, [f"p{i}" for i in range(6)])[0]


@pytest.mark.parametrize("gain", [0.5, 0.999, 1.0, 1.5])
def test_a_loop_is_told_when_it_takes_all_it_makes(gain: float) -> None:
    loop = found(np.array([[0.0, gain], [1.0, 0.0]]))
    assert (loop is None) == (gain < 1.0)


def test_a_process_may_feed_itself() -> None:
    assert found(np.array([[0.9]])) is None
    assert found(np.array([[1.0]])) == Loop((0,), 1.0, True)


@pytest.mark.parametrize("seed", range(20))
def test_loops_that_meet_have_the_spectral_radius_as_gain(seed: int) -> None:
    """Against all eigenvalues, by numpy."""
    rng = np.random.default_rng(seed)
    system = np.where(rng.random((30, 30)) < 0.1, rng.random((30, 30)), 0.0)
    largest = float(np.abs(np.linalg.eigvals(system)).max())
    assert found(system * (0.999 / largest)) is None
    loop = found(system * (1.1 / largest))
    assert loop is not None
    assert loop.is_circle or loop.gain == pytest.approx(1.1, rel=1e-6)


def test_there_is_no_loop_down_the_tiers() -> None:
    assert found(np.triu(np.full((50, 50), 9.0), 1)) is None


def circle(per_unit: float) -> worlds.Tree:
    """Return a chain whose pit takes acid, of which the plant takes 1.1 of raw for each unit."""
    tree = worlds.chain()
    tree["facilities"]["pit"]["makes"]["raw"]["inputs"] = {"acid": {"per_unit": f"{per_unit} t"}}
    tree["facilities"]["pit"]["stocks"] = {"acid": {"cover": "10 days"}}
    tree["links"]["acid/plant-pit"] = {**tree["links"]["acid/plant-line"], "to": "pit"}
    return tree


@pytest.mark.parametrize("gain", [1.0, 3.0, 1e6])
def test_the_solve_names_the_loop_and_does_not_end_in_a_traceback(gain: float) -> None:
    """With gains that overflow in the rounds, and with one that makes the system singular."""
    final, rows, columns = np.ones(2), np.array([0, 1]), np.array([1, 0])
    with pytest.raises(CurbsimError, match="the loop a -> b -> a uses"):
        output_for(final, rows, columns, np.array([gain, 1.0]), names=["a", "b"])


def test_a_range_may_draw_a_loop_that_takes_all_and_says_so() -> None:
    whole = from_tree(circle(0.5)).document
    compile_network(whole)
    used = whole.facilities["pit"].makes["raw"].inputs["acid"]
    used = used.model_copy(update={"per_unit": used.per_unit.__class__(2.0, "t")})
    process = whole.facilities["pit"].makes["raw"].model_copy(update={"inputs": {"acid": used}})
    pit = whole.facilities["pit"].model_copy(update={"makes": {"raw": process}})
    drawn = whole.model_copy(update={"facilities": {**whole.facilities, "pit": pit}})
    with pytest.raises(CurbsimError, match="the loop p.*uses 2.2 per unit that it makes"):
        compile_network(drawn)


def test_a_check_names_the_place_of_the_loop() -> None:
    with pytest.raises(ScenarioError) as caught:
        from_tree(circle(2.0))
    (problem,) = caught.value.problems
    assert problem.path.endswith(".inputs")
    assert problem.remedy.startswith("write a smaller per_unit or share")
