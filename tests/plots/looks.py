"""What is wrong with the look of a figure: text that is cut off, text on text, empty legends, panels off the page."""

from __future__ import annotations

import itertools

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

MOST_OVERLAP = 0.6  # px by which boxes may touch


def problems(drawn: Axes | Figure) -> list[str]:
    """Draw a figure and list what is wrong with it."""
    figure = drawn.get_figure(root=True) if isinstance(drawn, Axes) else drawn
    assert figure is not None
    figure.canvas.draw()
    page = figure.bbox
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    faults = [f"off the page: {word!r}" for word, box in boxes if _leaves(box, page)]
    faults += [
        f"on each other: {a!r} {b!r}" for (a, x), (b, y) in itertools.combinations(boxes, 2) if _meet(x, y)
    ]
    legends = [*figure.legends, *(ax.get_legend() for ax in figure.axes)]
    faults += ["an empty legend" for legend in legends if legend is not None and not legend.get_texts()]
    return faults


def texts(figure: Figure) -> list[Text]:
    """List the texts of a figure that are drawn."""
    hidden = {id(text) for ax in figure.axes for text in _hidden(ax)}
    drawn = {
        id(text): text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()
    }
    return [text for name, text in drawn.items() if name not in hidden]


def _hidden(ax: Axes) -> list[Text]:
    """List tick labels outside of the view, and all texts of axes that are switched off."""
    hidden: list[Text] = []
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-6 * (high - low)
        shown = (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for tick in (*axis.majorTicks, *axis.minorTicks):
            inside = low - slack <= tick.get_loc() <= high + slack
            if not (ax.axison and axis.get_visible() and inside and tick in shown):
                hidden += [tick.label1, tick.label2]
        if not ax.axison:
            hidden += [axis.label, axis.offsetText]
    return hidden


def _leaves(box: Bbox, page: Bbox) -> bool:
    return (
        box.x0 < page.x0 - MOST_OVERLAP
        or box.y0 < page.y0 - MOST_OVERLAP
        or box.x1 > page.x1 + MOST_OVERLAP
        or box.y1 > page.y1 + MOST_OVERLAP
    )


def _meet(a: Bbox, b: Bbox) -> bool:
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return wide > MOST_OVERLAP and high > MOST_OVERLAP


def grey(colour: str) -> float:
    """Return the luminance of a colour, 0 to 1 (ITU-R BT.601)."""
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue
