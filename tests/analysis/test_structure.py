"""Model structure: shares of variance known in advance, balance, pairing, ranges of a run."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.structure import cells, decompose, shares_with_intervals, structure
from sim.errors import CurbsimError
from sim.results.result import read
from sim.runner.replications import run
from sim.runner.structures import STRUCTURES
from sim.scenario import from_tree
from tests.worlds import COVER, JP_TO_KR, chain, event, ranged

LEVELS = (4, 3, 2, 2)
WORLD = chain(
    alternative=True,
    uncertain={COVER: ranged("15 days", "60 days", "30 days")},
    events={"cut": event("embargo", role="treatment", until="2019-10-15", select=JP_TO_KR)},
)


def known(number: int, seed: int, *, effect: tuple[float, ...], crossed: float, spread: float) -> tuple:
    """Return outcomes with effects at -1 or 1 for the first levels against the others, and shares."""
    levels = cells(LEVELS, number, seed)
    rng = np.random.default_rng(seed)
    chance = spread * rng.standard_normal(number)
    sign = np.where(levels < np.array(LEVELS) / 2, 1.0, -1.0)
    y = sign @ np.array(effect) + crossed * sign[:, 2] * sign[:, 3] + chance
    variance = [e * e * v for e, v in zip(effect, (1.0, 8.0 / 9.0, 1.0, 1.0))] + [crossed**2, spread**2]
    return y[:, None], chance[:, None], levels, np.array(variance) / sum(variance)


def test_shares_are_those_of_an_additive_function_with_one_interaction() -> None:
    y, chance, levels, share = known(48 * 40, 3, effect=(1.0, 0.5, 0.0, 2.0), crossed=0.7, spread=1.5)
    assert decompose(y, chance, levels)[:, 0] == pytest.approx(share, abs=0.04)
    assert decompose(y, chance, levels)[:, 0].sum() == pytest.approx(1.0, abs=1e-12)


def test_without_noise_beyond_the_covariate_shares_are_exact() -> None:
    y, chance, levels, share = known(48, 5, effect=(1.0, 0.5, 0.25, 2.0), crossed=0.0, spread=0.0)
    assert decompose(y, chance, levels)[:, 0] == pytest.approx(share, abs=1e-9)


def test_noise_alone_is_not_taken_for_structure() -> None:
    rng = np.random.default_rng(1)
    levels = cells(LEVELS, 200, 1)
    shares = decompose(rng.standard_normal((200, 300)), rng.standard_normal((200, 300)), levels)
    assert shares[:4].mean() < 0.01
    assert shares[5].mean() > 0.9


def test_intervals_hold_the_share_nearly_always() -> None:
    hits = 0
    for seed in range(40):
        y, chance, levels, share = known(240, seed, effect=(1.0, 0.0, 0.0, 1.0), crossed=0.0, spread=1.5)
        _, low, high = shares_with_intervals(y, chance, levels)
        hits += bool(low[3, 0] <= share[3] <= high[3, 0])
    assert hits >= 34  # of 95 % intervals: 33 or fewer by bad luck once in a thousand times


def test_every_block_holds_each_structure_once() -> None:
    chosen = cells(LEVELS, 96, 7)
    for block in (chosen[:48], chosen[48:]):
        assert len(np.unique(block, axis=0)) == 48
    assert (cells(LEVELS, 60, 7) == chosen[:60]).all()


def test_a_structure_is_run_under_the_draws_of_its_replication() -> None:
    """The replications whose structure is the one as written repeat themselves to the last bit."""
    scenario = from_tree({**WORLD, "model": {"production": "leontief"}})
    choices = {"model.production": ["leontief", "linear"], "model.switching": [1.0, 0.0]}
    result = run(scenario, replications=8, jobs=1, structure=choices)
    same = (result.arrays["structure_cell"] == 0).all(axis=1)
    assert same.sum() == 2
    np.testing.assert_array_equal(result.arrays["structure"][same], result.arrays["process"][same])
    assert not np.array_equal(result.arrays["structure"], result.arrays["process"])


def test_each_structure_gives_what_the_scenario_gives_with_it() -> None:
    scenario = from_tree(WORLD)
    choices = {"model.production": ["linear", "ces"], "model.switching": [0.0, 1.0]}
    result = run(scenario, replications=4, jobs=1, structure=choices)
    for replication, cell in enumerate(result.arrays["structure_cell"]):
        changes = {path: values[i] for (path, values), i in zip(choices.items(), cell)}
        other = run(scenario.with_(changes), replications=4, jobs=1)
        np.testing.assert_array_equal(
            result.arrays["structure"][replication], other.arrays["process"][replication]
        )


def test_tables_name_processes_units_and_factors(tmp_path: object) -> None:
    result = run(from_tree(WORLD), replications=6, jobs=1, structure=True)
    table = structure(read(result.save(tmp_path)))
    assert list(table["who"]) == ["line/chip", "plant/acid"]
    assert set(table["unit"]) == {"days"}
    with pytest.raises(CurbsimError, match="shares by structure need 96 replications, the run has 6"):
        structure(result, by="choice")
    shares = structure(run(from_tree(WORLD), replications=96, structure=True), by="choice")
    factors = [path.removeprefix("model.") for path in STRUCTURES]
    assert list(shares["factor"][:6]) == [*factors, "interactions", "parameters and chance"]
    assert shares.groupby("who")["share"].sum().to_numpy() == pytest.approx(1.0)


def test_same_bytes_for_any_number_of_processes() -> None:
    one = run(from_tree(WORLD), replications=6, jobs=1, structure=True)
    two = run(from_tree(WORLD), replications=6, jobs=2, structure=True)
    assert one.arrays["structure"].tobytes() == two.arrays["structure"].tobytes()


def test_mistakes_say_what_to_write() -> None:
    scenario = from_tree(WORLD)
    with pytest.raises(CurbsimError, match="write sim.run"):
        structure(run(scenario, replications=2, jobs=1))
    with pytest.raises(CurbsimError, match="write a path of section model"):
        run(scenario, replications=2, jobs=1, structure={"run.seed": [1, 2]})
