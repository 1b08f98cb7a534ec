"""The shipped world, left alone for two years, stays where it is."""

from __future__ import annotations

import numpy as np

import sim
from sim.network import compile_network
from tests.runs import simulate


def test_the_world_without_events_stays_on_the_baseline_for_two_years() -> None:
    document = sim.load("korea_2019").document
    network = compile_network(document)
    records = simulate(document, network, days=731)
    arrays = network.arrays
    for name, level in (
        ("starts", arrays.base_starts),
        ("output", arrays.base_starts * arrays.yield_),
        ("stock", network.initial_stock),
        ("finished", network.initial_finished),
        ("shipped", arrays.base_flow),
    ):
        drift = np.abs(getattr(records, name) - level)
        assert (drift <= 1e-9 * np.maximum(level, 1e-9)).all(), name


def test_every_measure_of_the_world_is_no_loss() -> None:
    result = sim.run(sim.load("korea_2019"), replications=3, jobs=1)
    assert np.abs(result.values("process", "lost_days_gross")).max() == 0.0
    np.testing.assert_allclose(result.values("demand", "fill_rate"), 1.0, rtol=1e-9)
