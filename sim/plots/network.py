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
from sim.plots import network_layout, style
from sim.plots.network_layout import INKS
from sim.plots.style import DOUBLE, INCH, SINGLE, TooNarrowError, styled
from sim.results.result import Result
from sim.scenario import ScenarioLike, as_scenario
from sim.scenario.schema.document import Document
from sim.scenario.schema.looks import LOOKS, Look

# Okabe-Ito and two of Tol's; in grey the letters in the nodes tell countries apart.
COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#999933", "#882255", "#AA9988")
OTHER_COUNTRY = "#DDDDDD"
PLAIN, IDLE = "#B9BEC4", "#9AA0A6"
ROW_HEIGHT = 6.6  # mm from node to node in the fullest column
COUNTRY_SIZE, LABEL_SIZE = 4.2, 4.7  # of text, pt
NODE_SIZES = (7.4, 13.5)  # least and largest diameter, pt
LINK_WIDTHS = (0.35, 2.6)  # pt
LABEL_LETTERS = 42
EDGED: dict[str, Any] = {"markeredgecolor": "#555555", "markeredgewidth": 0.4}
# Rings: from which loss (%), how wide (pt), and what the legend says.
RINGS = ((0.1, 0.7, "Loss 0.1 to 1 %"), (1.0, 1.7, "Loss 1 to 10 %"), (10.0, 3.0, "Loss 10 % or more"))


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkDrawing:
    """The graph of facilities with a place and a colour for each node."""

    graph: nx.DiGraph[str]
    roles: dict[str, str]  # of the firm, by facility
    x: dict[str, float]
    y: dict[str, float]
    colours: dict[str, str]  # by country
    regimes: dict[str, str]  # that treatments give to links
    lost: dict[str, float]  # % of output, by facility
    document: Document | None

    @property
    def edges(self) -> list[dict[str, Any]]:
        """Return what is known of each edge."""
        return [edge for *_, edge in self.graph.edges(data=True)]


@styled
def network(
    source: ScenarioLike | Network,
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

    Raises
    ------
    TooNarrowError
        When names would lie on each other in one column's width.

    Notes
    -----
    Links that a treatment acts on stand out, in the style of the strictest regime it gives them; dashed grey
    ones carry nothing on the baseline. Loops (a facility that supplies itself) are not drawn.
    """
    if not isinstance(source, Network):
        document = as_scenario(source, "network").document
        source = compile_network(document)
    drawing = _drawing(source, document, lost_by_facility(result) if result else {})
    rows = max(Counter(drawing.x.values()).values(), default=1)
    ax = style.axes_or_new(ax, width, max(60.0, ROW_HEIGHT * rows + 18.0), natural=DOUBLE)
    edges = drawing.graph.edges(data=True)
    thickest = max((edge["value"] for *_, edge in edges if edge["value"] > 0.0), default=0.0)
    for supplier, buyer, edge in sorted(edges, key=lambda e: _rank(drawing, e[2])):
        _draw_link(ax, drawing, (supplier, buyer), edge, thickest)
    nodes = drawing.graph.nodes(data=True)
    largest = max((node["value"] for _, node in nodes if node["value"] > 0.0), default=0.0)
    for name in drawing.graph:
        _draw_node(ax, drawing, name, largest)
    _finish(ax, drawing)
    if width == SINGLE:
        _require_room(ax, len(drawing.graph))
    return ax


def lost_by_facility(result: Result) -> dict[str, float]:
    """Return what share of its output each facility loses on average, %, of the product that loses most."""
    most: dict[str, float] = {}
    means = result.values("process", "lost_percent").mean(axis=0)
    for name, lost in zip(result.labels.processes, means, strict=True):
        facility = name.rpartition("/")[0]
        most[facility] = max(most.get(facility, 0.0), float(lost))
    return most


def _require_room(ax: Axes, facilities: int) -> None:
    """Raise when names of facilities lie on each other."""
    figure = style.figure_of(ax)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    meet = any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
    if meet or any(box.x0 < 0.0 or box.x1 > figure.bbox.x1 for box in boxes):
        raise TooNarrowError(f"a network of {facilities} facilities cannot be read in 89 mm; write width=183")


def _drawing(source: Network, document: Document | None, lost: dict[str, float]) -> NetworkDrawing:
    graph, roles, columns = network_layout.layered(source, document)
    # Facilities of one product stay together where neighbours do not decide.
    groups = {n: "".join(node["material"][:1]) + node["country"] for n, node in graph.nodes(data=True)}
    right = network_layout.across(graph, columns)
    return NetworkDrawing(
        graph=graph,
        roles=roles,
        x={name: right[column] for name, column in columns.items()},
        y=network_layout.places(graph, columns, groups),
        colours=_colours([node["country"] for _, node in graph.nodes(data=True) if node["country"]]),
        regimes=network_layout.regimes_of(document) if document else {},
        lost=lost,
        document=document,
    )


def _colours(countries: list[str]) -> dict[str, str]:
    """Give a colour to each country, those with most facilities first."""
    ranked = sorted(set(countries), key=lambda country: (-countries.count(country), country))
    return dict(itertools.zip_longest(ranked, COLOURS[: len(ranked)], fillvalue=OTHER_COUNTRY))


def _rank(drawing: NetworkDrawing, edge: dict[str, Any]) -> int:
    """Order links: idle below, then others, treated ones on top."""
    return 2 if _look(drawing, edge) else int(_carries(edge))


def _look(drawing: NetworkDrawing, edge: dict[str, Any]) -> Look | None:
    """Return how a regime makes an edge look; None where no treatment acts on it."""
    regimes = [drawing.regimes[link] for link in edge["links"] if link in drawing.regimes]
    return LOOKS[network_layout.strictest(regimes)] if regimes else None


def _carries(node_or_edge: dict[str, Any]) -> bool:
    return any(amount > 0.0 for amount in node_or_edge["flow"].values())


def _scaled(value: float, most: float, sizes: tuple[float, float]) -> float:
    """Map a value to a size by its square root: areas of nodes compare, thin links stay visible."""
    small, large = sizes
    if not value > 0.0 or not most > 0.0:
        return small
    return small + (large - small) * math.sqrt(value / most)


def _draw_link(
    ax: Axes, drawing: NetworkDrawing, ends: tuple[str, str], edge: dict[str, Any], thickest: float
) -> None:
    (x0, y0), (x1, y1) = ((drawing.x[name], drawing.y[name]) for name in ends)
    bend = 0.5 * (x1 - x0) if x1 != x0 else 0.35
    path = Path(
        [(x0, y0), (x0 + bend, y0), (x1 - bend if x1 != x0 else x1 + bend, y1), (x1, y1)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    look, carries = _look(drawing, edge), _carries(edge)
    patch = PathPatch(
        path,
        fill=False,
        capstyle="butt",
        edgecolor=INKS[look.colour] if look else PLAIN if carries else IDLE,
        linewidth=_scaled(float(edge["value"]), thickest, LINK_WIDTHS) + (0.35 if look else 0.0),
        linestyle=(0, look.dashes) if look else "solid" if carries else (0, (3, 2.5)),
        alpha=0.9 if look else 0.8 if carries else 0.6,
        zorder=2 + _rank(drawing, edge) / 10,
    )
    ax.add_patch(patch)


def _draw_node(ax: Axes, drawing: NetworkDrawing, name: str, largest: float) -> None:
    node = drawing.graph.nodes[name]
    size = _scaled(node["value"], largest, NODE_SIZES)
    place = (drawing.x[name], drawing.y[name])
    colour = drawing.colours.get(node["country"], OTHER_COUNTRY)
    ring = _ring(drawing.lost.get(name, 0.0))
    if ring:
        ax.plot(*place, "o", markersize=size + 2 * ring + 0.8, color="black", zorder=3.9)
    ax.plot(*place, "o", markersize=size, color=colour, zorder=4, **EDGED)
    look: dict[str, Any] = {
        "ha": "center",
        "fontsize": COUNTRY_SIZE,
        "color": "white" if _is_dark(colour) else "black",
    }
    ax.annotate(node["country"], place, va="center_baseline", zorder=5, **look)
    style.note(
        ax,
        _label(drawing, name),
        place,
        (0, size / 2 + ring + 0.6),
        ha="center",
        va="bottom",
        fontsize=LABEL_SIZE,
        fontstyle="normal" if _carries(node) else "italic",
        linespacing=0.95,
        zorder=6,
        path_effects=[patheffects.withStroke(linewidth=1.4, foreground="white")],
    )


def _ring(lost: float) -> float:
    """Return the width of the ring for a loss in %, pt."""
    return max((wide for least, wide, _ in RINGS if lost >= least), default=0.0)


def _is_dark(colour: str) -> bool:
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.45


def _label(drawing: NetworkDrawing, name: str) -> str:
    entry = drawing.document.facilities.get(name) if drawing.document else None
    title = entry.title if entry and entry.title else name
    return textwrap.shorten(title, LABEL_LETTERS, placeholder=" …")


def _finish(ax: Axes, drawing: NetworkDrawing) -> None:
    """Set limits, title and legend, and name the tiers."""
    ax.set_axis_off()
    ax.set_xlim(min(drawing.x.values()) - 0.42, max(drawing.x.values()) + 0.42)
    ax.set_ylim(1.0, 0.0)
    dot: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 4.5, **EDGED}
    countries = drawing.colours.items()
    dots = [Line2D([], [], color=colour, label=country, **dot) for country, colour in countries]
    handles = [*_line_keys(drawing), *_ring_keys(drawing), *dots]
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
    _name_tiers(ax, drawing)
    ring = "; ring: mean loss of output" if drawing.lost else ""
    title = f"Facilities, upstream to downstream; size by value of output, italics: idle{ring}"
    ax.set_title(textwrap.fill(title, 60 if narrow else 200), pad=14)


def _name_tiers(ax: Axes, drawing: NetworkDrawing) -> None:
    """Write the kinds of firms above each column, those that are a third of it or more."""
    if drawing.document is None:
        return
    look: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": LABEL_SIZE, "color": "#555555"}
    for x in sorted(set(drawing.x.values())):
        column = Counter(drawing.roles[name] for name, place in drawing.x.items() if place == x)
        names = [kind for kind, number in column.most_common() if kind and 3 * number >= column.total()]
        style.note(ax, "\n".join(reversed(names)), (x, 1.0), (0, 4), ("data", "axes fraction"), **look)


def _ring_keys(drawing: NetworkDrawing) -> list[Line2D]:
    drawn = {_ring(lost) for lost in drawing.lost.values()}
    return [
        Line2D([], [], marker="o", linestyle="", color="white", markersize=4.0 + wide, label=words,
               markeredgecolor="black", markeredgewidth=wide)
        for _, wide, words in RINGS
        if wide in drawn
    ]  # fmt: skip


def _line_keys(drawing: NetworkDrawing) -> list[Line2D]:
    lines = [Line2D([], [], color=PLAIN, linewidth=1.4, label="Link, width by value")]
    drawn = {_look(drawing, edge) for edge in drawing.edges}
    lines += [
        Line2D([], [], color=INKS[look.colour], linewidth=1.4, linestyle=(0, look.dashes), label=look.label)
        for look in LOOKS.values()
        if look in drawn
    ]
    if all(_carries(edge) for edge in drawing.edges):
        return lines
    idle = Line2D([], [], color=IDLE, linewidth=0.7, linestyle=(0, (3, 2.5)), label="Alternative, idle")
    return [*lines, idle]
