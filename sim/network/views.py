"""What events look up of a world of tables, one entry at a time: facilities, firms and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import pandas as pd

from sim.network.columns import Columns
from sim.scenario.schema import Document, Facility, Firm, Link, Material

T = TypeVar("T")


def with_views(document: Document, columns: Columns) -> Document:
    """Return a document whose facilities, firms and links are read from columns."""
    places = pd.Index(columns.names)
    materials = {name: Material(unit="unit") for name in columns.materials.tolist()}
    update = {
        "materials": {**materials, **document.materials},
        "facilities": Facilities(columns, places),
        "firms": Firms(columns, places),
        "links": Links(columns, places),
    }
    return document.model_copy(update=update)


class _View(Mapping[str, T]):
    """A map that makes its entries when they are asked for."""

    def __init__(self, columns: Columns, places: pd.Index[str]) -> None:
        self.columns, self.places = columns, places

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns.names)

    def __len__(self) -> int:
        return len(self.columns.names)

    def row(self, name: str) -> int:
        """Return the row of a firm; KeyError where there is none."""
        found = self.places.get_indexer(pd.Index([name]))[0]
        if found < 0:
            raise KeyError(name)
        return int(found)

    def country(self, row: int) -> str:
        return str(self.columns.countries[self.columns.country[row]])


class Facilities(_View[Facility]):
    """Facilities with their owner and country; what they make and hold stands in the columns."""

    def __getitem__(self, name: str) -> Facility:
        row = self.row(name)
        return Facility(firm=str(self.columns.owner[row]), country=self.country(row))


class Firms(_View[Firm]):
    """Firms with their country."""

    def __getitem__(self, name: str) -> Firm:
        return Firm(country=self.country(self.row(name)))


class Links(_View[Link]):
    """Links by id: who sends what to whom."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns.links)

    def __len__(self) -> int:
        return len(self.columns.stock)

    def __getitem__(self, name: str) -> Link:
        material, _, ends = name.partition("/")
        cuts = (i for i, letter in enumerate(ends) if letter == "-")
        for cut in cuts:  # names may hold the sign, too
            supplier, buyer = ends[:cut], ends[cut + 1 :]
            if supplier in self.places and buyer in self.places:
                return Link(from_=supplier, to=buyer, material=material, share=0.0)  # arrays have the share
        raise KeyError(name)
