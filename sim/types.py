"""Types of arrays, and when their numbers count as equal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RELATIVE_SLACK = 1e-9  # of thresholds: keeps rounding from deciding what happens
