"""Runs of small worlds: records that are read by name, and what is read off them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine import make_plan, run_once
from sim.engine.conductor import Run
from sim.engine.world import World
from sim.network import Network, compile_network
from sim.network.arrays import Floats
from sim.scenario.schema import Document
from tests.worlds import Tree

Audit = Callable[[World, int], None]


@dataclass(frozen=True)
class Path:
    """Records of one run, read by the names of processes, stocks, links and demands."""

    network: Network
    run: Run

    def starts(self, process: str) -> Floats:
        return self.run.records.starts[:, self.network.processes.index(process)]

    def output(self, process: str) -> Floats:
        return self.run.records.output[:, self.network.processes.index(process)]

    def finished(self, process: str) -> Floats:
        return self.run.records.finished[:, self.network.processes.index(process)]

    def stock(self, name: str) -> Floats:
        return self.run.records.stock[:, self.network.stocks.index(name)]

    def order(self, name: str) -> Floats:
        return self.run.records.order[:, self.network.stocks.index(name)]

    def expired(self, name: str) -> Floats:
        return self.run.records.expired[:, self.network.stocks.index(name)]

    def shipped(self, name: str) -> Floats:
        return self.run.records.shipped[:, self.network.links.index(name)]

    def credit(self, name: str) -> Floats:
        return self.run.records.credit[:, self.network.links.index(name)]

    def served(self, name: str) -> Floats:
        return self.run.records.served[:, self.network.demands.index(name)]

    def unmet(self, name: str) -> Floats:
        return self.run.records.unmet[:, self.network.demands.index(name)]


@dataclass(frozen=True)
class Prepared:
    """A document with its network and plan, to be run many times."""

    document: Document
    network: Network
    plan: Any

    def run(
        self,
        days: int,
        *,
        seed: int = 0,
        replication: int = 0,
        daily: bool = False,
        audit: Audit | None = None,
    ) -> Path:
        """Run one replication."""
        run = run_once(
            self.document,
            self.network,
            self.plan,
            seed=seed,
            replication=replication,
            days=days,
            daily=daily,
            audit=audit,
        )
        return Path(self.network, run)


def prepare(document_tree: Tree | Document) -> Prepared:
    """Validate and compile a document tree."""
    document = Document.model_validate(document_tree) if isinstance(document_tree, dict) else document_tree
    network = compile_network(document)
    return Prepared(document, network, make_plan(document, network))


def run(document_tree: Tree | Document, days: int, **options: Any) -> Path:
    """Run one replication of a document tree."""
    return prepare(document_tree).run(days, **options)


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
