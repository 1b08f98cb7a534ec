"""Ids of rows by the million: joined when they are asked for, never held as Python texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.types import Ints

Part = tuple[Any, Ints]  # an array of texts, and which of them each row takes


class Ids(Sequence[str]):
    """Ids such as `maker/acid` or `acid/maker-user`, each joined from texts that many rows share.

    Parameters
    ----------
    parts : sequence of (texts, codes)
        What is joined: row i takes `texts[codes[i]]` of each.
    joints : sequence of str
        What stands between them, one less than parts.

    Examples
    --------
    >>> ids = Ids([(["x", "y"], np.array([1, 0])), (["acid"], np.array([0, 0]))], ["/"])
    >>> ids[0], len(ids), ids.order().tolist()
    ('y/acid', 2, [1, 0])
    """

    def __init__(self, parts: Sequence[Part], joints: Sequence[str]) -> None:
        self.parts = tuple((np.asarray(texts, dtype=object), codes) for texts, codes in parts)
        self.joints = tuple(joints)

    def __len__(self) -> int:
        return len(self.parts[0][1])

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        texts = [texts[codes[index]] for texts, codes in self.parts]
        return str(texts[0]) + "".join(j + t for j, t in zip(self.joints, texts[1:], strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self.take(np.arange(len(self))))

    def take(self, rows: Ints) -> list[str]:
        """Return the ids of some rows."""
        return list(self.joined(rows).to_pylist())

    def joined(self, rows: Ints) -> Any:
        """Return the ids of some rows as an Arrow array."""
        words: list[Any] = []
        for place, (texts, codes) in enumerate(self.parts):
            if place:
                words.append(self.joints[place - 1])
            words.append(pa.array(texts, type=pa.string()).take(pa.array(codes[rows])))
        return pc.binary_join_element_wise(*words, "")

    def order(self, rows: Ints | None = None) -> Ints:
        """Return rows in the order of their ids: all, or those given."""
        rows = np.arange(len(self)) if rows is None else rows
        return np.asarray(rows[pc.sort_indices(self.joined(rows)).to_numpy()], dtype=np.int64)
