"""Licence regimes as figures draw them and as they meet: how strict each is, and by what it bounds links."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple

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


def lifted_unnamed(standing: Collection[tuple[str, Any, bool]], moment: Any) -> frozenset[str]:
    """Return what a relief without `lifts` lifts: duties begun by then, else all that began before.

    Parameters
    ----------
    standing : collection of tuple
        Event, beginning and whether it is a licence duty, of each curb that stands on a link.
    moment : float or date
        When the relief begins, in the terms of the beginnings.

    Examples
    --------
    >>> sorted(lifted_unnamed([("stop", 3, False), ("duty", 5, True)], 5))
    ['duty']
    >>> sorted(lifted_unnamed([("stop", 3, False), ("cap", 5, False)], 5))
    ['stop']
    """
    duties = frozenset(event for event, begun, is_duty in standing if is_duty and begun <= moment)
    return duties or frozenset(event for event, begun, _ in standing if begun < moment)
