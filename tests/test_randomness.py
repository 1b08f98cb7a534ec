"""Keyed draws: three ways to compute one number agree bit for bit."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.randomness import compiled_uniform, key, uniform, uniforms

WORDS = st.integers(0, 2**64 - 1)


@settings(deadline=None)
@given(stream=WORDS, replication=st.integers(0, 2**40), count=st.integers(0, 200))
def test_python_compiled_and_numpy_draws_are_bitwise_equal(stream: int, replication: int, count: int) -> None:
    plain = uniform(stream, replication, count)
    assert plain == uniforms(stream, replication, count + 1)[count]
    assert plain == compiled_uniform(np.uint64(stream), replication, count)


def test_names_seeds_and_replications_are_different_streams() -> None:
    streams = {key(seed, name) for seed in range(50) for name in ("a", "b", "lead/a", "lead/b")}
    assert len(streams) == 200
    draws = {uniform(key(1, "a"), replication, count) for replication in range(30) for count in range(30)}
    assert len(draws) == 900


def test_uniforms_are_uniform() -> None:
    draws = uniforms(key(3, "x"), 0, 20000)
    counts, _ = np.histogram(draws, bins=50, range=(0.0, 1.0))
    chi2 = ((counts - 400.0) ** 2 / 400.0).sum()
    assert chi2 < 49 + 5 * np.sqrt(2 * 49)
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 4 / np.sqrt(20000)
