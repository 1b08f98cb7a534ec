"""Licence regimes as figures draw them and as they meet: how strict each is, and by what it bounds links."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Bounds = Literal["all", "amount", "licences", "screening", ""]


class Look(NamedTuple):
    """How figures draw the links under a regime (dashes tell regimes apart in grey), and what bounds them."""

    strictness: int  # of several regimes on one link the strictest is drawn
    label: str
    colour: Literal["black", "vermilion"]
    dashes: tuple[float, ...] = ()
    bounds: Bounds = "all"  # nothing ships, an amount, what is licensed or cleared; nothing: a relief


LOOKS: dict[str, Look] = {}  # of the regimes of all kinds of events, the strictest first


def enter(looks: Mapping[str, Look]) -> None:
    """Enter the regimes of a kind of event."""
    found = sorted({**LOOKS, **looks}.items(), key=lambda item: -item[1].strictness)
    LOOKS.clear()
    LOOKS.update(found)


def strictness(regime: str) -> int:
    """Return how strict a regime is: of several on one link the strictest stands for all.

    Examples
    --------
    >>> import sim.scenario.schema.events
    >>> strictness("embargo") > strictness("individual")
    True
    """
    return LOOKS[regime].strictness if regime in LOOKS else 0


def bounds(regime: str) -> Bounds:
    """Return by what a regime bounds links; nothing for a relief.

    Examples
    --------
    >>> import sim.scenario.schema.events
    >>> bounds("quota"), bounds("bulk")
    ('amount', '')
    """
    return LOOKS[regime].bounds if regime in LOOKS else ""
