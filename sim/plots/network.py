"""The drawing of the network: who supplies whom, left to right from mines to device makers."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import Any

import networkx as nx
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sim.network.arrays import Network
from sim.network.compile import compile_network
from sim.network.graph import graph
from sim.plots.network_layout import INKS, LOOKS, across, columns, places, regimes_of, strictest
from sim.plots.style import DOUBLE, INCH, SINGLE, TooNarrowError, axes_or_new, styled
from sim.results.result import Result
from sim.scenario import Scenario
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Look

# Okabe-Ito and two of Tol's; in grey the letters in the nodes tell countries apart.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#999933", "#882255", "#AA9988")
OTHER = "#DDDDDD"
PLAIN, IDLE = "#B9BEC4", "#9AA0A6"
ROW = 6.6  # mm from node to node in the fullest column
LETTERS, LABEL = 4.2, 4.7  # size of text, pt
SMALL, LARGE = 7.4, 13.5  # diameter of nodes, pt
THIN, THICK = 0.35, 2.6  # width of links, pt
WRAP = 21  # characters of one line of a label
# Rings: from which loss (%), how wide (pt), and what the legend says.
RINGS = ((0.1, 0.7, "Loss 0.1 to 1 %"), (1.0, 1.7, "Loss 1 to 10 %"), (10.0, 3.0, "Loss 10 % or more"))


@dataclass(frozen=True, eq=False)
class NetworkDrawing:
    """What is drawn: the graph with a place for each node."""

    graph: nx.DiGraph[str]
    x: dict[str, float]
    y: dict[str, float]
    regimes: dict[str, str]  # that treatments give to links
    lost: dict[str, float]  # % of output, by facility
    document: Document | None


@styled
def network(
    source: Scenario | Network,
    result: Result | None = None,
    *,
    document: Document | None = None,
    ax: Axes | None = None,
    width: float | None = None,
) -> Axes:
    """Draw the facilities of a scenario, and the links between them.

    Parameters
    ----------
    result : Result, optional
        Of the scenario: a black ring around a facility says how much output it loses.
    document : Document, optional
        Adds countries and titles to a bare network.
    width : float, optional
        89 (one column) or 183 (two columns), in mm.

    Raises
    ------
    TooNarrowError
        When names would lie on each other in one column's width.

    Notes
    -----
    Links that a treatment acts on stand out, in the style of the strictest regime it gives them; dashed grey
    ones carry nothing on the baseline. Loops (a facility that supplies itself) are not drawn.
    """
    if isinstance(source, Scenario):
        document = source.document
        source = compile_network(document)
    picture = _picture(source, document, lost_by_facility(result) if result else {})
    rows = max((list(picture.x.values()).count(x) for x in set(picture.x.values())), default=1)
    ax = axes_or_new(ax, width, max(60.0, ROW * rows + 18.0), natural=DOUBLE)
    colours = _colours(picture)
    for supplier, buyer, edge in sorted(picture.graph.edges(data=True), key=lambda e: _rank(picture, e[2])):
        _draw_link(ax, picture, supplier, buyer, edge)
    for name in picture.graph:
        _draw_node(ax, picture, name, colours)
    _finish(ax, picture, colours)
    if width == SINGLE:
        _require_room(ax, len(picture.graph))
    return ax


def lost_by_facility(result: Result) -> dict[str, float]:
    """Return what share of its output each facility loses on average, %, of the product that loses most."""
    found: dict[str, float] = {}
    for name, lost in zip(
        result.labels.processes, result.values("process", "lost_percent").mean(axis=0), strict=True
    ):
        facility = name.rpartition("/")[0]
        found[facility] = max(found.get(facility, 0.0), float(lost))
    return found


def _require_room(ax: Axes, facilities: int) -> None:
    """Raise when names of facilities lie on each other."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    meet = any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    if meet or any(box.x0 < 0.0 or box.x1 > figure.bbox.x1 for box in boxes):
        raise TooNarrowError(f"a network of {facilities} facilities cannot be read in 89 mm; write width=183")


def _picture(source: Network, document: Document | None, lost: dict[str, float]) -> NetworkDrawing:
    made = graph(source, document=document)
    made.remove_edges_from(list(nx.selfloop_edges(made)))
    firms = document.firms if document else {}
    roles = {n: firms[f].role if f in firms else "" for n, f in _values(made, "firm").items()}
    x = columns(made, roles)
    # Facilities of one product stay together where neighbours do not decide.
    groups = {n: "".join(node["material"][:1]) + node["country"] for n, node in made.nodes(data=True)}
    right = across(made, x)
    return NetworkDrawing(
        graph=made,
        x={n: right[c] for n, c in x.items()},
        y=places(made, x, groups),
        regimes=regimes_of(document) if document else {},
        lost=lost,
        document=document,
    )


def _values(made: nx.DiGraph[str], key: str) -> dict[str, Any]:
    return {name: made.nodes[name][key] for name in made}


def _colours(picture: NetworkDrawing) -> dict[str, str]:
    """Give a colour to each country, those with most facilities first."""
    countries = [c for c in _values(picture.graph, "country").values() if c]
    ranked = sorted(set(countries), key=lambda c: (-countries.count(c), c))
    return {c: COLOURS[i] if i < len(COLOURS) else OTHER for i, c in enumerate(ranked)}


def _rank(picture: NetworkDrawing, edge: dict[str, Any]) -> int:
    """Order links: idle below, then others, treated ones on top."""
    if _look(picture, edge):
        return 2
    return int(_carries(edge))


def _look(picture: NetworkDrawing, edge: dict[str, Any]) -> Look | None:
    """Return how a regime makes an edge look; None where no treatment acts on it."""
    found = [picture.regimes[link] for link in edge["links"] if link in picture.regimes]
    return LOOKS[strictest(found)] if found else None


def _carries(edge: dict[str, Any]) -> bool:
    return any(amount > 0.0 for amount in edge["flow"].values())


def _scaled(value: float, most: float, small: float, large: float) -> float:
    """Map a value to a size by its square root: areas of nodes compare, thin links stay visible."""
    if not value > 0.0 or not most > 0.0:
        return small
    return small + (large - small) * math.sqrt(value / most)


def _draw_link(ax: Axes, picture: NetworkDrawing, supplier: str, buyer: str, edge: dict[str, Any]) -> None:
    x0, x1 = picture.x[supplier], picture.x[buyer]
    y0, y1 = picture.y[supplier], picture.y[buyer]
    bend = 0.5 * (x1 - x0) if x1 != x0 else 0.35
    path = Path(
        [(x0, y0), (x0 + bend, y0), (x1 - bend if x1 != x0 else x1 + bend, y1), (x1, y1)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    most = max((e["value"] for *_, e in picture.graph.edges(data=True) if e["value"] > 0.0), default=0.0)
    look, carries = _look(picture, edge), _carries(edge)
    patch = PathPatch(
        path,
        fill=False,
        capstyle="butt",
        edgecolor=INKS[look.colour] if look else PLAIN if carries else IDLE,
        linewidth=_scaled(float(edge["value"]), most, THIN, THICK) + (0.35 if look else 0.0),
        linestyle=(0, look.dashes) if look else "solid" if carries else (0, (3, 2.5)),
        alpha=0.9 if look else 0.8 if carries else 0.6,
        zorder=2 + _rank(picture, edge) / 10,
    )
    ax.add_patch(patch)


def _draw_node(ax: Axes, picture: NetworkDrawing, name: str, colours: dict[str, str]) -> None:
    node = picture.graph.nodes[name]
    most = max((v for v in _values(picture.graph, "value").values() if v > 0.0), default=0.0)
    size = _scaled(node["value"], most, SMALL, LARGE)
    place = (picture.x[name], picture.y[name])
    idle = not any(amount > 0.0 for amount in node["flow"].values())
    colour = colours.get(node["country"], OTHER)
    ring = _ring(picture.lost.get(name, 0.0))
    if ring:
        ax.plot(*place, "o", markersize=size + 2 * ring + 0.8, color="black", zorder=3.9)
    ax.plot(
        *place, "o", markersize=size, color=colour, zorder=4, markeredgecolor="#555555", markeredgewidth=0.4
    )
    ink = "white" if _is_dark(colour) else "black"
    ax.annotate(
        node["country"], place, ha="center", va="center_baseline", fontsize=LETTERS, color=ink, zorder=5
    )
    halo: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.4, foreground="white")]
    label = ax.annotate(
        _label(picture, name),
        place,
        xytext=(0, size / 2 + ring + 0.6),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=LABEL,
        fontstyle="italic" if idle else "normal",
        linespacing=0.95,
        zorder=6,
        annotation_clip=False,
    )
    label.set_path_effects(halo)


def _ring(lost: float) -> float:
    """Return the width of the ring for a loss in %, pt."""
    return max((wide for least, wide, _ in RINGS if lost >= least), default=0.0)


def _is_dark(colour: str) -> bool:
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.45


def _label(picture: NetworkDrawing, name: str) -> str:
    entry = picture.document.facilities.get(name) if picture.document else None
    title = entry.title if entry and entry.title else name
    return textwrap.shorten(title, 2 * WRAP, placeholder=" …")


def _finish(ax: Axes, picture: NetworkDrawing, colours: dict[str, str]) -> None:
    ax.set_axis_off()
    ax.set_xlim(min(picture.x.values()) - 0.42, max(picture.x.values()) + 0.42)
    ax.set_ylim(1.0, 0.0)
    lines = _line_keys(picture)
    dots = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=4.5,
            color=colour,
            markeredgecolor="#555555",
            markeredgewidth=0.4,
            label=country,
        )
        for country, colour in colours.items()
    ]
    handles = [*lines, *_ring_keys(picture), *dots]
    narrow = ax.get_window_extent().width / ax.figure.dpi * INCH < SINGLE
    ax.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.005),
        ncols=3 if narrow else min(len(handles), 8),
        handlelength=2.2,
        columnspacing=1.1,
        handletextpad=0.4,
        borderpad=0,
    )
    ring = "; ring: mean loss of output" if picture.lost else ""
    _name_tiers(ax, picture)
    title = f"Facilities, upstream to downstream; size by value of output, italics: idle{ring}"
    ax.set_title(textwrap.fill(title, 60 if narrow else 200), pad=14)


def _name_tiers(ax: Axes, picture: NetworkDrawing) -> None:
    """Write the kinds of firms above each column, those that are a third of it or more."""
    if picture.document is None:
        return
    firms = picture.document.firms
    role = {n: firms[f].role if f in firms else "" for n, f in _values(picture.graph, "firm").items()}
    for x in sorted(set(picture.x.values())):
        column = Counter(role[name] for name, place in picture.x.items() if place == x)
        names = [kind for kind, number in column.most_common() if kind and 3 * number >= column.total()]
        ax.annotate(
            "\n".join(reversed(names)),
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=LABEL,
            color="#555555",
            annotation_clip=False,
        )


def _ring_keys(picture: NetworkDrawing) -> list[Line2D]:
    """Explain the rings that are there."""
    seen = {_ring(lost) for lost in picture.lost.values()}
    return [
        Line2D([], [], marker="o", linestyle="", color="white", markersize=4.0 + wide, label=words,
               markeredgecolor="black", markeredgewidth=wide)
        for _, wide, words in RINGS
        if wide in seen
    ]  # fmt: skip


def _line_keys(picture: NetworkDrawing) -> list[Line2D]:
    """Explain the kinds of links that are there."""
    edges = [edge for *_, edge in picture.graph.edges(data=True)]
    lines = [Line2D([], [], color=PLAIN, linewidth=1.4, label="Link, width by value")]
    used = {look for edge in edges if (look := _look(picture, edge))}
    lines += [
        Line2D([], [], color=INKS[look.colour], linewidth=1.4, linestyle=(0, look.dashes), label=look.label)
        for look in LOOKS.values()
        if look in used
    ]
    if not all(_carries(edge) for edge in edges):
        lines.append(
            Line2D([], [], color=IDLE, linewidth=0.7, linestyle=(0, (3, 2.5)), label="Alternative, idle")
        )
    return lines
