"""Cases that other programs answered, with their answers in `targets/`.

`make bench` asks the programs again, where they can be installed, and compares; it also says how to renew the
answers.
"""

from __future__ import annotations

import functools
import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.types import Floats
from tests.runs import prepare
from tests.verification import peer_ario, peer_base_stock

TARGETS = pathlib.Path(__file__).parent / "targets"
Answer = dict[str, Any]
Series = dict[str, Floats]


@dataclass(frozen=True)
class Case:
    """One case: who answered it, the inputs, our answer, and the parts of the answer of the other program."""

    name: str
    program: str
    title: str
    work: Callable[[], Answer]
    ours: Callable[[Answer], Series]
    parts: Callable[[Answer], Series]

    def file(self) -> pathlib.Path:
        """Return where the answer is kept."""
        return TARGETS / f"{self.name}.json"

    def read(self) -> Answer:
        """Return the answer that is kept: {"version", "work", "parts"}."""
        kept: Answer = json.loads(self.file().read_text(encoding="utf-8"))
        return kept

    def write(self, work: Answer, answer: Answer) -> None:
        """Keep an answer, one series a line."""
        parts = {name: series.tolist() for name, series in self.parts(answer).items()}
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(series)}" for name, series in parts.items())
        head = f'"version": {json.dumps(answer["version"])},\n"work": {json.dumps(work)}'
        self.file().write_text(f'{{{head},\n"parts": {{\n{lines}\n}}}}\n', encoding="utf-8")

    def difference(self, work: Answer, parts: Series) -> float:
        """Return the largest difference of the two answers, relative to the larger of 1 and the value."""
        ours = self.ours(work)
        assert ours.keys() == parts.keys(), sorted(ours.keys() ^ parts.keys())
        return max(float(np.max(np.abs(ours[k] - v) / np.maximum(1.0, np.abs(v)))) for k, v in parts.items())


def _base_stock(name: str, title: str, plants: peer_base_stock.Plants) -> Case:
    def ours(work: Answer) -> Series:
        case = prepare(peer_base_stock.document(plants))
        replayed = work["demand"]["seller"][0]
        np.testing.assert_allclose(peer_base_stock.drawn_demand(case), replayed, rtol=1e-12)
        return peer_base_stock.levels(plants, case.run(peer_base_stock.DAYS, seed=peer_base_stock.SEED))

    def parts(answer: Answer) -> Series:
        return {name: np.array(node["level"]) for name, node in answer["nodes"].items()}

    return Case(name, "stockpyl", title, functools.partial(peer_base_stock.work, plants), ours, parts)


def _ario(name: str, title: str, work: Callable[[], Answer]) -> Case:
    def ours(work: Answer) -> Series:
        path = prepare(peer_ario.document(work)).run(work["days"])
        return _by_industry(*peer_ario.answer(work, path))

    def parts(answer: Answer) -> Series:
        return _by_industry(np.array(answer["output"]), np.array(answer["unmet"]))

    return Case(name, "boario", title, work, ours, parts)


def _by_industry(output: Floats, unmet: Floats) -> Series:
    return {
        f"{what} {i}": series[:, i]
        for what, series in (("output", output), ("unmet", unmet))
        for i in range(series.shape[1])
    }


CASES = (
    _base_stock("stockpyl_chain", "serial base stock, 3 plants, backlogs at each", peer_base_stock.CHAIN),
    _base_stock("stockpyl_network", "base stock, 4 plants: priority, assembly", peer_base_stock.NETWORK),
    _ario("boario_two_sectors", "2 sectors, overcapacity, shock and recovery", peer_ario.two_sectors),
    _ario(
        "boario_regions",
        "3 regions x 4 sectors, 3 shocks and recovery, no overcapacity",
        functools.partial(peer_ario.three_regions, 1.0, 100),
    ),
    _ario(
        "boario_overcapacity",
        "3 regions x 4 sectors, 3 shocks, with overcapacity",
        functools.partial(peer_ario.three_regions, 1.25, 55),
    ),
)
