"""Baselines of worlds in which nothing is drawn, kept for the next what-if of the same world."""

from __future__ import annotations

import functools
import pickle
from hashlib import blake2b

from sim.engine import Run
from sim.network import Network

WORLDS = 4  # the least used is forgotten
LARGEST = 100_000_000  # bytes of daily records; larger ones are not worth their room


def world_key(network: Network, *others: object) -> str:
    """Return a text that tells worlds apart: everything compiled, and what else the baseline rests on."""
    return blake2b(pickle.dumps((network, others)), digest_size=16).hexdigest()


@functools.lru_cache(maxsize=WORLDS)
def shelf(key: str) -> dict[str, Run]:
    """Return where the baseline of a world is kept."""
    return {}


def put(key: str, run: Run) -> None:
    """Keep a baseline, without what does not outlive its replication, unless it is too large."""
    if sum(matrix.nbytes for matrix in run.records) <= LARGEST:
        shelf(key)["baseline"] = Run(run.records, run.licences, run.log, None)
