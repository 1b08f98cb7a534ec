"""Types of arrays and of rows of tables, and when numbers count as equal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Row = dict[str, Any]  # of a table, by column
RELATIVE_SLACK = 1e-9  # of thresholds: keeps rounding from deciding what happens
