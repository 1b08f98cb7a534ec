"""Small worlds for exact answers: document trees, and records that are read by name."""

from __future__ import annotations

import datetime
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

START = datetime.date(2019, 1, 1)
Tree = dict[str, Any]
Audit = Callable[[World, int], None]


def date(day: int) -> str:
    """Return the date of a day number."""
    return (START + datetime.timedelta(days=day)).isoformat()


def tree(
    facilities: Tree,
    links: Tree,
    demand: Tree,
    *,
    events: Tree | None = None,
    regimes: Tree | None = None,
    materials: Tree | None = None,
    model: Tree | None = None,
) -> Tree:
    """Return a document tree; every material is counted in `u` unless it says otherwise."""
    names = {m for f in facilities.values() for m in (*f.get("makes", {}), *f.get("stocks", {}))}
    return {
        "format": 1,
        "meta": {"name": "test", "sources": {"estimate": {"title": "Made up"}}},
        "run": {"start": START.isoformat(), "end": date(364)},
        "model": model or {},
        "materials": {name: {"unit": "u"} | (materials or {}).get(name, {}) for name in sorted(names)},
        "firms": {f["firm"]: {"country": f["country"]} for f in facilities.values()},
        "facilities": facilities,
        "links": links,
        "demand": demand,
        "regimes": regimes or {},
        "events": events or {},
    }


def facility(makes: Tree, stocks: Tree | None = None, *, country: str = "KR", firm: str = "firm") -> Tree:
    """Return a facility; firms are named by country so that all are known."""
    return {"firm": f"{firm}_{country}", "country": country, "makes": makes, "stocks": stocks or {}}


def stock(cover: float, **fields: object) -> Tree:
    """Return a stock that closes its gap within a day unless told."""
    return {"cover": f"{cover!r} days", "adjustment": "1 day"} | fields


def link(
    supplier: str, buyer: str, material: str, *, lead: object = 0, share: float = 1.0, **fields: object
) -> Tree:
    """Return a link; `lead` in days or as a distribution."""
    time = lead if isinstance(lead, dict) else f"{lead} days"
    return {"from": supplier, "to": buyer, "material": material, "share": share, "lead_time": time} | fields


def final(at: str, material: str, rate: float, **fields: object) -> Tree:
    """Return final demand of `rate` a day."""
    return {"at": at, "material": material, "rate": f"{rate!r} u/day"} | fields


def chain(
    *,
    rate: float = 1.0,
    cover: float = 30.0,
    lead: float = 5.0,
    adjustment: float = 1.0,
    supplier_headroom: float = 0.0,
    headroom: float = 0.0,
    stock_fields: Tree | None = None,
    link_fields: Tree | None = None,
    demand_fields: Tree | None = None,
    **sections: Any,
) -> Tree:
    """Return `source` in JP that makes `m` for `plant` in KR, which makes `x` of one `m` each."""
    held = stock(cover, adjustment=f"{adjustment} days") | (stock_fields or {})
    made = {"headroom": headroom, "inputs": {"m": {"per_unit": "1 u"}}}
    return tree(
        {
            "source": facility({"m": {"headroom": supplier_headroom}}, country="JP"),
            "plant": facility({"x": made}, {"m": held}),
        },
        {"m/source-plant": link("source", "plant", "m", lead=lead, **(link_fields or {}))},
        {"x": final("plant", "x", rate, **(demand_fields or {}))},
        **sections,
    )


def event(kind: str, day: int, select: Tree, **fields: object) -> Tree:
    """Return an event that begins on a day."""
    return {"kind": kind, "date": date(day), "select": select, "source": "estimate"} | fields


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
