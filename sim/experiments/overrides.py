"""Drawn numbers in a document: in regimes, offices, events, stages of links, the course of demand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sim.scenario.fields import Distribution
from sim.scenario.schema import Document
from sim.types import Floats


@dataclass(frozen=True)
class Place:
    """A value of a document that a draw replaces, or multiplies."""

    column: int
    keys: tuple[str, ...]
    relative: bool


@dataclass(frozen=True, eq=False)
class Overrides:
    """What draws replace in one part of a document; found once, used for every draw.

    Attributes
    ----------
    own : tuple of (column, relative)
        Draws of the part itself.
    parts : dict of str to Overrides
        By field or key.
    """

    own: tuple[tuple[int, bool], ...]
    parts: dict[str, Overrides]


def overrides_of(document: Document, places: Sequence[Place]) -> Overrides:
    """Arrange places as the document is arranged, so that what holds several is copied once."""
    return _arranged(document, places, 0)


def _arranged(node: Any, places: Sequence[Place], depth: int) -> Overrides:
    own: list[tuple[int, bool]] = []
    inner: dict[str, list[Place]] = {}
    for place in places:
        if depth < len(place.keys) and isinstance(node, BaseModel | dict):
            inner.setdefault(_name(node, place.keys[depth]), []).append(place)
        else:
            own.append((place.column, place.relative))
    parts = {name: _arranged(_part(node, name), group, depth + 1) for name, group in inner.items()}
    return Overrides(tuple(own), parts)


def _name(node: Any, key: str) -> str:
    """Return the attribute of a key of a file (`from` is `from_`)."""
    return key if isinstance(node, dict) or key in type(node).model_fields else f"{key}_"


def _part(node: Any, name: str) -> Any:
    return node[name] if isinstance(node, dict) else getattr(node, name)


def override(document: Document, overrides: Overrides, row: Floats) -> Document:
    """Return a document with a row of draws in their places."""
    changed: Document = _replaced(document, overrides, row.tolist())
    return changed


def _replaced(node: Any, overrides: Overrides, row: list[float]) -> Any:
    for column, relative in overrides.own:
        node = _with_number(node, row[column], relative)
    if not overrides.parts:
        return node
    parts = {name: _replaced(_part(node, name), inner, row) for name, inner in overrides.parts.items()}
    return {**node, **parts} if isinstance(node, dict) else node.model_copy(update=parts)


def _with_number(value: Any, number: float, relative: bool) -> Any:
    """Put a number into a parsed value: a plain float, a distribution, an amount, a change."""
    if isinstance(value, Distribution):
        centre = value.parameters[0] if value.law == "fixed" else None
        if relative and centre is None:
            return _scaled(value, number)
        return Distribution("fixed", ((centre or 0.0) * number if relative else number,))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        now = value.value  # type: ignore[attr-defined]
        return dataclasses.replace(value, value=now * number if relative else number)
    if isinstance(value, dict) and set(value) == {"other"}:
        return {"other": _with_number(value["other"], number, relative)}
    return float(value) * number if relative else number


def _scaled(law: Distribution, factor: float) -> Distribution:
    """Stretch a law by a factor."""
    x = law.parameters
    count = {"discrete": len(x) // 2, "gamma": 1, "normal": 1, "exponential": 1, "poisson": 1}.get(
        law.law, len(x)
    )
    top = None if law.max is None else law.max * factor
    return Distribution(law.law, (*(v * factor for v in x[:count]), *x[count:]), top)
