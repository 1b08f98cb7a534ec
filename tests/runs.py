"""Runs of small worlds: records that are read by name, and what is read off them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine import Records, make_plan, simulate_one
from sim.engine.replication import Trace
from sim.network import Network, compile_network
from sim.scenario.schema.document import Document
from sim.types import Floats
from tests.worlds import Tree

NAMES_OF = {
    **dict.fromkeys(("starts", "output", "finished", "capacity", "limiting"), "processes"),
    **dict.fromkeys(("stock", "order", "expired"), "stocks"),
    **dict.fromkeys(("shipped", "credit"), "links"),
    **dict.fromkeys(("served", "unmet"), "demands"),
}


@dataclass(frozen=True)
class Path:
    """Records of one run, read by the names of processes, stocks, links and demands."""

    network: Network
    run: Trace

    def __getattr__(self, record: str) -> Callable[[str], Floats]:
        """Return what reads a record of `NAMES_OF` by name, such as `path.output("plant/x")`."""
        if record not in NAMES_OF:
            raise AttributeError(record)
        values, names = getattr(self.run.records, record), getattr(self.network, NAMES_OF[record])
        return lambda name: values[:, names.index(name)]


@dataclass(frozen=True)
class Prepared:
    """A document with its network and plan, to be run many times."""

    document: Document
    network: Network
    plan: Any

    def run(self, days: int, *, seed: int = 0, replication: int = 0, **options: Any) -> Path:
        """Run one replication; further options are those of `simulate_one`."""
        chance = {"seed": seed, "replication": replication}
        return Path(
            self.network, simulate_one(self.document, self.network, self.plan, **chance, days=days, **options)
        )


def prepare(document_tree: Tree | Document) -> Prepared:
    """Validate and compile a document tree."""
    document = Document.model_validate(document_tree) if isinstance(document_tree, dict) else document_tree
    network = compile_network(document)
    return Prepared(document, network, make_plan(document, network))


def simulate(
    document: Document, network: Network, *, days: int, seed: int = 0, replication: int = 0
) -> Records:
    """Run one replication of a document and return its daily records."""
    plan = make_plan(document, network)
    return simulate_one(document, network, plan, seed=seed, replication=replication, days=days).records


def run(document_tree: Tree | Document, days: int, **options: Any) -> Path:
    """Run one replication of a document tree."""
    return prepare(document_tree).run(days, **options)


def lost_output(path: Path) -> float:
    """Return output of `plant/x` that is lost, in days of its baseline of 1."""
    return float((1.0 - path.output("plant/x")).sum())


def lost_days(output: Floats, base: float) -> list[int]:
    """Return the days on which output is below its baseline."""
    return [int(day) for day in np.flatnonzero(output < base * (1.0 - 1e-9))]


def time_to_survive(starts: Floats, base: float) -> float:
    """Return the first day on which starts fall below the baseline, plus the part of it that is met."""
    short = lost_days(starts, base)
    return float(len(starts)) if not short else short[0] + float(starts[short[0]]) / base


def z_score(values: object, mean: float) -> float:
    """Return how many standard errors the mean of independent values is from `mean`."""
    sample = np.asarray(values, dtype=np.float64)
    return float((sample.mean() - mean) / (sample.std(ddof=1) / np.sqrt(len(sample))))
