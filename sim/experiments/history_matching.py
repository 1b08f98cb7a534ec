"""History matching: an emulator of figures, and draws that are not ruled out."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import CurbsimError
from sim.randomness import key, uniforms
from sim.types import Floats

MOST_ACTIVE = 5
CUT = 3.0  # implausible from so many standard deviations on (Pukelsheim 1994)
CHUNK = 4096  # points
MOST_SCANNED = 2**19  # points looked at for one wave
CLEAR = 3.0  # a rank correlation is clear when it is so many standard errors from 0
Simulate = Callable[[int, Floats], Floats]  # number of the first point and points -> figures


@dataclass(frozen=True, eq=False)
class Surface:
    """A figure as a quadratic function of points in the unit cube (Box and Wilson 1951)."""

    active: tuple[int, ...]  # columns that move the figure
    weights: Floats  # [term]
    variance: float  # mean squared error of predicting a run that was left out: chance and all that is missed

    def __call__(self, cube: Floats) -> Floats:
        """Return the mean of the figure at points [point, column]."""
        return np.asarray(_terms(cube[:, self.active]) @ self.weights)


def fit(cube: Floats, values: Floats) -> Surface:
    """Fit a surface to values [point] at points [point, column].

    Examples
    --------
    >>> cube = np.random.default_rng(1).random((200, 3))
    >>> surface = fit(cube, 1.0 + 2.0 * cube[:, 1] ** 2)
    >>> surface.active, bool(surface.variance < 1e-20)
    ((1,), True)
    """
    active = find_active(cube, values)
    terms = _terms(cube[:, active])
    weights = np.asarray(np.linalg.lstsq(terms, values, rcond=None)[0])
    leverage = np.einsum("ij,ji->i", terms, np.linalg.pinv(terms))
    left_out = (values - terms @ weights) / np.maximum(1.0 - leverage, 1e-6)
    return Surface(active, weights, float(np.mean(left_out**2)))


def find_active(cube: Floats, values: Floats) -> tuple[int, ...]:
    """Return the columns with a clear rank correlation, the clearest first, five at most."""
    from scipy import stats

    if values.std() == 0.0:
        return ()
    ranks = stats.rankdata(values)
    size = [abs(float(np.corrcoef(stats.rankdata(column), ranks)[0, 1])) for column in cube.T]
    order = sorted(range(len(size)), key=lambda i: -size[i])
    return tuple(i for i in order[:MOST_ACTIVE] if size[i] > CLEAR / np.sqrt(len(values)))


def _terms(x: Floats) -> Floats:
    """Return 1, every column, every square and every product."""
    pairs = itertools.combinations_with_replacement(range(x.shape[1]), 2)
    return np.column_stack([np.ones(len(x)), x, *(x[:, i] * x[:, j] for i, j in pairs)])


@dataclass(frozen=True, eq=False)
class Seen:
    """What was observed, and how far off it may be."""

    names: tuple[str, ...]
    observed: Floats  # [figure]
    variance: Floats  # [figure], of the observation and of the discrepancy between model and world


def implausibility(cube: Floats, surfaces: Sequence[Surface], seen: Seen) -> Floats:
    """Return the implausibility of points by figure, [point, figure].

    |z - E f(x)| over the root of the variances of emulator, observation and discrepancy (Craig et al. 1997).
    """
    columns = [
        np.abs(z - surface(cube)) / np.sqrt(v + surface.variance)
        for surface, z, v in zip(surfaces, seen.observed, seen.variance, strict=True)
    ]
    return np.column_stack(columns) if columns else np.zeros((len(cube), 0))


def plausible(
    cube: Floats, waves: Sequence[Sequence[Surface]], seen: Seen, cut: float = CUT
) -> NDArray[np.bool_]:
    """Tell of each point whether no wave rules it out."""
    inside = np.ones(len(cube), dtype=bool)
    for surfaces in waves:
        inside &= (implausibility(cube, surfaces, seen) < cut).all(axis=1)
    return inside


def next_points(
    chunks: Iterator[Floats], number: int, waves: Sequence[Sequence[Surface]], seen: Seen
) -> tuple[Floats, float]:
    """Return the next points of a sequence that are not ruled out, and their share of those looked at."""
    points: list[Floats] = []
    scanned = left = 0
    while left < number and scanned < MOST_SCANNED:
        chunk = next(chunks)
        points.append(chunk[plausible(chunk, waves, seen)])
        scanned, left = scanned + len(chunk), left + len(points[-1])
    if left < number:
        raise CurbsimError(_nothing_left(chunk, waves, seen, left, scanned))
    return np.concatenate(points)[:number], left / scanned


def _nothing_left(
    chunk: Floats, waves: Sequence[Sequence[Surface]], seen: Seen, left: int, scanned: int
) -> str:
    least = np.max([implausibility(chunk, surfaces, seen).min(axis=0) for surfaces in waves], axis=0)
    share = np.mean([(implausibility(chunk, surfaces, seen) >= CUT).mean(axis=0) for surfaces in waves], 0)
    worst = int(np.lexsort((share, least >= CUT))[-1])
    return (
        f"calibrate: {left} of {scanned:,} points are not ruled out; {seen.names[worst]} rules out "
        f"{100 * share[worst]:.0f} %, and comes no nearer than {least[worst]:.1f} standard deviations; write "
        "wider ranges under uncertain: or a larger discrepancy_sd, with a reason"
    )


def log_kernel(values: Floats, seen: Seen) -> Floats:
    """Return the log density of what was seen given each run, up to a constant, [point]."""
    gap = (values - seen.observed) ** 2 / np.maximum(seen.variance, 1e-300)
    return np.asarray(-0.5 * gap.sum(axis=1))


def accept(log_weights: Floats, seed: int) -> NDArray[np.bool_]:
    """Accept each point with a chance in proportion to its weight; the likeliest one surely.

    Rejection with the error of observation and model as kernel is exact inference under that error
    (Wilkinson 2013).
    """
    u = uniforms(key(seed, "calibration/accept"), 0, len(log_weights))
    return np.asarray(np.log(u) < log_weights - log_weights.max())


def effective_number(log_weights: Floats) -> float:
    """Return how many equally likely points the weights are worth (Kish 1965)."""
    w = np.exp(log_weights - log_weights.max())
    return float(w.sum() ** 2 / (w**2).sum())


def sequence(columns: int, seed: int) -> Iterator[Floats]:
    """Yield chunks of one scrambled Sobol' sequence (Owen 1998)."""
    from scipy.stats import qmc

    rng = np.random.default_rng(key(seed, "calibration/sobol"))
    engine = qmc.Sobol(columns, scramble=True, bits=64, rng=rng)
    while True:
        yield np.asarray(engine.random(CHUNK))


@dataclass(frozen=True, eq=False)
class Matched:
    """Every point that was simulated, and what became of it."""

    cube: Floats  # [point, column]
    values: Floats  # [point, figure]
    wave: NDArray[np.int64]  # [point]
    waves: tuple[tuple[Surface, ...], ...]  # one set of surfaces for each wave
    shares: tuple[float, ...]  # of the unit cube that are not ruled out before each wave


def match(
    simulate: Simulate,
    fit: Callable[[Floats, Floats], tuple[Surface, ...]],
    seen: Seen,
    *,
    columns: int,
    points: int,
    waves: int,
    seed: int,
) -> Matched:
    """Simulate waves of points, each only where none of the waves before rules them out."""
    chunks = _pieces(sequence(columns, seed), points)
    cube, values, wave = np.empty((0, columns)), np.empty((0, 0)), np.empty(0, dtype=np.int64)
    surfaces: list[tuple[Surface, ...]] = []
    shares: list[float] = []
    for number in range(waves):
        region, share = next_points(chunks, points, surfaces, seen)
        figures = simulate(len(cube), region)
        values = np.vstack([values, figures]) if len(cube) else figures
        cube = np.vstack([cube, region])
        wave = np.append(wave, np.full(points, number + 1))
        shares.append(share)
        inside = plausible(cube, surfaces, seen)
        surfaces.append(fit(cube[inside], values[inside]))
    return Matched(cube, values, wave, tuple(surfaces), tuple(shares))


def _pieces(chunks: Iterator[Floats], size: int) -> Iterator[Floats]:
    """Yield a first piece of `size`, then chunks."""
    first = np.concatenate([next(chunks) for _ in range(-(-size // CHUNK))])
    yield first[:size]
    yield first[size:]
    yield from chunks
