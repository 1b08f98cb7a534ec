"""Types of arrays and of the rows of tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = dict[str, Any]  # of a table, by column
