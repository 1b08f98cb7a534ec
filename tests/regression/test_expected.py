"""The shipped scenarios still give their approved numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.regression.approve import FOLDER, names, numbers


def test_every_shipped_scenario_has_approved_numbers() -> None:
    assert names()
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(names())


@pytest.mark.parametrize("name", names())
def test_scenario_gives_its_approved_numbers(name: str) -> None:
    approved = pd.read_csv(FOLDER / f"{name}.csv")
    found = numbers(name)
    keys = ["run", "metric", "scope", "unit"]
    pd.testing.assert_frame_equal(found[keys], approved[keys], check_dtype=False)
    for column in ("estimate", "low", "high"):
        np.testing.assert_allclose(found[column], approved[column], rtol=1e-4, atol=1e-6, err_msg=column)
