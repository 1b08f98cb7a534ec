"""Makers that stand alike have the same baseline to the last bit, in whatever order they are written."""

from __future__ import annotations

import numpy as np
import pytest

from sim.network import compile_network
from sim.network.baseline import output_for
from sim.network.index import total
from sim.scenario import from_tree
from tests import worlds


@pytest.mark.parametrize("gain", [0.3, 0.9, 0.99])
@pytest.mark.parametrize("seed", range(10))
def test_two_halves_of_a_network_are_the_same_in_any_order(seed: int, gain: float) -> None:
    """A network beside its copy, two makers that supply all of both alike, rows and entries shuffled."""
    rng = np.random.default_rng(seed)
    half = int(rng.integers(6, 40))
    part = np.where(rng.random((half, half)) < 0.2, rng.random((half, half)).round(2), 0.0)
    part *= gain / max(gain, float(np.abs(np.linalg.eigvals(part)).max()))
    system = np.zeros((2 * half + 2, 2 * half + 2))
    system[:half, :half] = system[half:-2, half:-2] = part
    share = rng.random(half).round(2)
    system[-2, :-2] = system[-1, :-2] = np.tile(share, 2)
    final = np.concatenate((np.tile(np.where(rng.random(half) < 0.5, 10.0, 0.1), 2), [0.0, 0.0]))
    rows, columns = np.nonzero(system)
    shuffled = rng.permutation(len(rows))
    rows, columns = rows[shuffled], columns[shuffled]
    place = rng.permutation(len(final))
    moved = np.empty(len(final))
    moved[place] = final
    entries = system[rows, columns]
    output = output_for(moved, place[rows], place[columns], entries, names=[])[place]
    assert (output[:half] == output[half:-2]).all()
    assert output[-2] == output[-1]
    np.testing.assert_allclose(output, final + system @ output, rtol=1e-12)


def test_a_sum_does_not_depend_on_the_order() -> None:
    values = np.random.default_rng(3).random(999) ** 9
    rows = np.zeros(999, dtype=np.int64)
    assert len({float(total(np.roll(values, step), rows)[0]) for step in range(50)}) == 1


def test_identical_makers_have_identical_flows() -> None:
    """Two makers of acid with half of every line each; the lines come in another order at each of them."""
    rates = [7.77, 0.1, 0.3, 1.7, 33.3]
    lines = {f"line{n}": rate for n, rate in enumerate(rates)}
    made = {"chip": {"headroom": 0.0, "inputs": {"acid": {"per_unit": "1 u"}}}}
    makers = {
        "alfa": worlds.facility({"acid": {"headroom": 0.1}}),
        "zeta": worlds.facility({"acid": {"headroom": 0.1}}),
    }
    document = worlds.tree(
        makers | {name: worlds.facility(made, {"acid": worlds.stock(9.0)}) for name in lines},
        {
            f"{place}/{maker}-{name}": worlds.link(maker, name, "acid", share=0.5)
            for maker, order in (("alfa", 1), ("zeta", -1))
            for place, name in enumerate(list(lines)[::order])
        },
        {name: worlds.final(name, "chip", rate) for name, rate in lines.items()},
    )
    network = compile_network(from_tree(document).document)
    starts = dict(zip(network.processes, network.arrays.base_starts.tolist(), strict=True))
    assert starts["alfa/acid"] == starts["zeta/acid"]
    assert starts["alfa/acid"] == pytest.approx(sum(rates) / 2, rel=1e-15)
