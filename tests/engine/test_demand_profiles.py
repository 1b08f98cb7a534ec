"""Final demand: growth, season and noise have the means and spreads that the file asks for."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine.replication import profiles
from sim.network import compile_network
from sim.scenario.schema.document import Document
from tests.worlds import chain

DAYS = 5000


def profile(**fields: object) -> np.ndarray:
    """Return the factors of the chain's demand."""
    tree = chain()
    name = next(iter(tree["demand"]))
    tree["demand"][name] = {**tree["demand"][name], **fields}
    document = Document.model_validate(tree)
    return profiles(document, compile_network(document), 3, 0, DAYS)[:, 0]


@pytest.mark.parametrize("cv", [0.2, 1.0])
@pytest.mark.parametrize("law", ["gamma", "normal", "lognormal"])
def test_noise_has_mean_one_and_its_coefficient_of_variation(law: str, cv: float) -> None:
    factors = profile(noise={"law": law, "cv": cv})
    assert factors.mean() == pytest.approx(1.0, abs=4 * cv / np.sqrt(DAYS))
    assert factors.std() == pytest.approx(cv, rel=0.06 if cv < 1.0 else 0.15)
    assert (factors >= 0.0).all()


def test_growth_and_season_multiply() -> None:
    factors = profile(growth=0.1, season={1: 2.0})
    assert factors[0] == 2.0
    assert factors[31] == pytest.approx(1.1 ** (31 / 365))
    assert factors[365] == pytest.approx(2.2)


def test_constant_demand_needs_no_profile() -> None:
    assert (profile() == 1.0).all()
