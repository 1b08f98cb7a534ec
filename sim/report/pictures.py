"""The figures of a run as parts of the page: drawn once, as files, and read back."""

from __future__ import annotations

import base64
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from sim import plots
from sim.losses import Titles
from sim.results import Result
from sim.words import counted

DPI, CSS_DPI, ZOOM = 200, 96, 1.35  # of the files, of the page; shown a little larger than in print
TITLES = {
    "cover": "Stocks of what is curbed, in days of use",
    "output": "Output of users of what is curbed, against the baseline",
    "network": "The network",
    "licences": "Open licence files by week, and how long they waited",
    "loss_by_material": "Gross loss by what held production back",
    "exceedance": "How likely a loss above any size is",
    "spread": "Share of processes below 90 % of their baseline, by tier and week",
}


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Attributes
    ----------
    name, title, alt : str
    data : str
        The PNG as a data URI.
    width, height : int
        In CSS pixels.
    """

    name: str
    title: str
    alt: str
    data: str
    width: int
    height: int


def pictures(result: Result, folder: Path) -> list[Figure]:
    """Return the figures of a run folder in the order of plots; draw them where one is missing."""
    names = list(plots.figures(result, result.scenario))
    if not all((folder / f"{name}.png").exists() for name in names):
        plots.save_all(result, folder, result.scenario)
    return [_read(result, name, folder / f"{name}.png") for name in names]


def _read(result: Result, name: str, path: Path) -> Figure:
    data = path.read_bytes()
    width, height = (round(x * ZOOM * CSS_DPI / DPI) for x in struct.unpack(">II", data[16:24]))
    title = title_of(result, name)
    alt = f"{title}. {result.title}; {counted(result.replications, 'future')}. The tables below give numbers."
    code = base64.b64encode(data).decode()
    return Figure(name, title, alt, f"data:image/png;base64,{code}", width, height)


def title_of(result: Result, name: str) -> str:
    """Return the title of a figure by its name."""
    titles = Titles(result)
    if route := re.fullmatch(r"trade_(.+)_([A-Z]{2})_([A-Z]{2})", name):
        material, origin, destination = route.groups()
        return f"{titles.material(material)}, {origin} to {destination}, by month"
    return TITLES.get(name, name.replace("_", " ").capitalize())
