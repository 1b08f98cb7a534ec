"""The scale on which a figure is scored, and the error of its observation.

Every kind of figure has one scale, so that a month of 3,000 t and one of 3 t, a count and a date can be
compared and added (docs/scores.md).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.randomness import key, uniforms
from sim.types import Floats

FLOOR = 0.05  # of the normal month: what is added to a flow, so that a month without any has a logarithm
DATE_DAYS, LOST_DAYS = 90.0, 30.0  # days of a date, and of lost output, that are one unit
SILENT_DAYS, MOST_SILENT = 3.0, 0.05  # a stop that would go unreported: its days, and its highest chance
HALF_STEP = 2.0**-54  # keeps a uniform draw off 0

SCALES: dict[str, Callable[[Floats, float], Floats]] = {
    "flow": lambda x, normal: np.log(np.maximum(x, 0.0) / normal + FLOOR),
    "count": lambda x, _: np.log1p(np.maximum(x, 0.0)),
    "date": lambda x, _: x / DATE_DAYS,
    "days lost": lambda x, _: x / LOST_DAYS,
    "share": lambda x, _: x,
}


def on_scale(kind: str, values: Floats | float, *, normal: float = 1.0, last: float = np.inf) -> Floats:
    """Return values on the scale of their kind.

    Parameters
    ----------
    normal : float
        The normal amount in the period of a flow.
    last : float
        The horizon of a date, in days: one that is later, or never comes (nan), counts as this day.

    Examples
    --------
    >>> on_scale("date", np.array([45.0, np.nan]), last=180.0).tolist()
    [0.5, 2.0]
    >>> round(float(on_scale("flow", 0.0, normal=3000.0)), 3)
    -2.996
    """
    given = np.asarray(values, dtype=np.float64)
    if kind == "date":
        given = np.minimum(np.where(np.isnan(given), np.inf, given), last)
    return np.asarray(SCALES[kind](given, normal))


def add_error(kind: str, draws: Floats, sd: float, seed: int, name: str, *, last: float = np.inf) -> Floats:
    """Return draws of a figure, on its scale, as they would be observed; errors are keyed by draw.

    The error is normal on the scale. That of a flow is one of its logarithm, so that a flow of 0 is seen as
    0; a date that has not come by the horizon `last` (on the scale) is not seen at all, so it stays there.
    """
    error = sd * normals(seed, f"hindcast/observation/{name}", len(draws))
    if kind == "flow":
        over = np.exp(draws) - FLOOR  # what rounding leaves of a flow of 0 must not tell equal draws apart
        return np.where(over > 1e-12, np.log(np.exp(error) * over + FLOOR), draws)
    if kind == "days lost":
        draws = reported(draws, seed, name)
    return np.where(draws < last, np.minimum(draws + error, last), draws)


def reported(lost: Floats, seed: int, name: str) -> Floats:
    """Return days stopped as firms report them, on the scale: short stops may go unreported.

    With the chance 0.05 exp(-(L / 3)^2) nothing is reported of L days.
    """
    chance = uniforms(key(seed, f"hindcast/report/{name}"), 0, len(lost))
    silent = chance < MOST_SILENT * np.exp(-((lost * LOST_DAYS / SILENT_DAYS) ** 2))
    return np.where(silent, 0.0, lost)


def normals(seed: int, name: str, number: int) -> Floats:
    """Return standard normal draws of a stream; the first n of more draws are those of n."""
    from scipy import special

    return np.asarray(special.ndtri(uniforms(key(seed, name), 0, number) + HALF_STEP))
