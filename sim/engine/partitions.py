"""Parts of a network: facilities side by side whose steps of a day touch nothing of another part.

Processes, stocks, links (by buyer), inputs and demands are sorted so that those of one facility stand
together; a cut between two facilities cuts all of them. A day needs all parts to have ordered before any
makes and ships, and all to have shipped before any books what it is sent: nothing else passes between parts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.network.arrays import Arrays
from sim.types import Ints

PART = 30_000  # rows of a part: what one core works on at a time stays in its cache
Partition = NDArray[np.uint32]  # unsigned, so that compiled loops need not look out for negative places

(
    P_FIRST, P_LAST, S_FIRST, S_LAST, L_FIRST, L_LAST, K_FIRST, K_LAST, D_FIRST, D_LAST,
) = range(10)  # fmt: skip


def make_parts(arrays: Arrays, size: int) -> Partition:
    """Cut a network into parts.

    Parameters
    ----------
    size : int
        Rows (processes, stocks, links) that a part should have; one facility is never cut.

    Returns
    -------
    array [part, 10]
        First and one past the last process, stock, link, input and demand of each part.
    """
    rows = len(arrays.in_ptr) + len(arrays.link_ptr) + len(arrays.stock)
    p = s = np.zeros(0, dtype=np.int64)
    if rows > size:
        p, s = _cuts(arrays)
        done = p + s + arrays.link_ptr[s]
        wanted = np.arange(size, rows, size)
        chosen = np.unique(np.searchsorted(done, wanted))
        chosen = chosen[chosen < len(done)]
        p, s = p[chosen], s[chosen]
    p = np.concatenate(([0], p, [len(arrays.in_ptr) - 1]))
    s = np.concatenate(([0], s, [len(arrays.link_ptr) - 1]))
    bounds = (p, s, arrays.link_ptr[s], arrays.in_ptr[p], arrays.demand_ptr[p])
    return np.stack([end for b in bounds for end in (b[:-1], b[1:])], axis=1).astype(np.uint32)


def _cuts(arrays: Arrays) -> tuple[Ints, Ints]:
    """Return where a network may be cut: before which processes, and before which stock each time."""
    ends = arrays.in_ptr[1:-1]
    low = np.append(np.minimum.accumulate(arrays.in_stock[::-1])[::-1], len(arrays.link_ptr) - 1)[ends]
    high = np.append(-1, np.maximum.accumulate(arrays.in_stock))[ends]
    apart = np.flatnonzero(high < low)
    return apart + 1, low[apart]
