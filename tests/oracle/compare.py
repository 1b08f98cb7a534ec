"""What the records of the engine and of the oracle have in common, and how far apart they may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.engine import Records

NAMES = (
    "starts",
    "output",
    "finished",
    "stock",
    "order",
    "expired",
    "shipped",
    "credit",
    "served",
    "unmet",
)
TOLERANCE = 1e-12  # of the largest value of a series, or of 1


def assert_same(records: Records, expected: Mapping[str, Any]) -> None:
    """Compare every record of every day; name the first that differs."""
    for name in NAMES:
        gap = relative_gap(records, expected, name)
        late = np.flatnonzero((gap > TOLERANCE).any(axis=1))
        assert late.size == 0, f"{name}: first on day {late[0]}, column {np.argmax(gap[late[0]])}"


def largest_gap(records: Records, expected: Mapping[str, Any]) -> float:
    """Return the largest relative difference of any record."""
    return max(float(relative_gap(records, expected, name).max(initial=0.0)) for name in NAMES)


def relative_gap(records: Records, told: Mapping[str, Any], name: str) -> np.ndarray:
    """Return differences [day, id] relative to the scale of each series, inf where one of the two is nan."""
    found, expected = np.asarray(getattr(records, name)), told[name]
    assert found.shape == expected.shape, name
    # what expires is a difference of sums of receipts and use: its scale is that of the stock
    series = told["stock"] if name == "expired" else expected
    scale = np.maximum(1.0, np.max(np.abs(np.nan_to_num(series)), axis=0, initial=0.0))
    gap = np.nan_to_num(np.abs(found - expected)) / scale
    return np.where(np.isnan(found) == np.isnan(expected), gap, np.inf)
