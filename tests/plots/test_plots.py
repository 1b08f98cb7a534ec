"""Figures: what they show, what their axes say, and that the same result gives the same bytes."""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import subprocess
import sys

import matplotlib as mpl
import networkx as nx
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim import plots
from sim.errors import CurbsimError
from sim.network import compile_network
from sim.plots.network_layout import layered, places, spaced
from sim.results.result import Result
from sim.runner.replications import run
from sim.scenario import Scenario, from_tree, load
from tests.worlds import chain, curbed

PNG, PDF = b"\x89PNG", b"%PDF"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return curbed()


@pytest.fixture(scope="module")
def result(scenario: Scenario) -> Result:
    return run(scenario, replications=4, jobs=1)


@pytest.fixture(scope="module")
def quiet() -> tuple[Scenario, Result]:
    """Return a world without any treatment."""
    world = from_tree(chain())
    return world, run(world, replications=2, jobs=1)


@pytest.fixture(scope="module")
def customs() -> pd.DataFrame:
    rows = [("2019-03", 3.0, "sourced"), ("2019-04", 3.1, "estimate"), ("2031-01", 9.0, "sourced")]
    frame = pd.DataFrame(rows, columns=["month", "quantity", "status"])
    return frame.assign(material="acid", origin="JP", destination="KR", unit="t")


def _texts(ax: Axes) -> str:
    return " ".join(text.get_text() for text in ax.texts)


def test_trade_has_units_dates_and_both_series(result: Result, customs: pd.DataFrame) -> None:
    ax = plots.trade(result, material="acid", origin="JP", destination="KR", observed=customs)
    assert ax.get_ylabel() == "Shipments, t a month"
    assert ax.get_title(loc="left") == "Acid, JP to KR"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "Simulated: median",
        "Simulated: middle 95 %",
        "Observed",
        "Observed, an estimate",
    ]
    words = _texts(ax).replace("\n", " ").replace("\u00a0", " ")
    assert "Lines and bars: median and middle 95 % of 4 replications. Diamonds: customs" in words
    assert len(ax.patches) == 12
    ax.figure.canvas.draw()
    assert ax.get_xticklabels()[0].get_text().startswith("2019-")


def test_trade_shows_observed_months_of_the_run_only(result: Result, customs: pd.DataFrame) -> None:
    ax = plots.trade(result, material="acid", origin="JP", destination="KR", observed=customs)
    points = [line for line in ax.lines if line.get_marker() == "D"]
    assert [list(line.get_ydata()) for line in points] == [[3.0], [3.1]]


def test_trade_refuses_other_units(result: Result, customs: pd.DataFrame) -> None:
    with pytest.raises(CurbsimError, match="observed trade is in kg; write it in t"):
        plots.trade(
            result, material="acid", origin="JP", destination="KR", observed=customs.assign(unit="kg")
        )


def test_trade_refuses_a_route_without_links(result: Result) -> None:
    with pytest.raises(CurbsimError, match="no link carries acid from CN to KR"):
        plots.trade(result, material="acid", origin="CN", destination="KR")


def test_trade_draws_on_given_axes(result: Result) -> None:
    ax = Figure().add_subplot()
    assert plots.trade(result, material="acid", origin="JP", destination="KR", ax=ax) is ax


def test_cover_has_a_panel_per_exposed_stock_in_days(result: Result) -> None:
    figure = plots.cover(result)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["line\nAcid"]
    assert figure.axes[0].get_ylabel() == "Cover, days"
    assert len(figure.axes[0].collections) == 2  # bands of 50 and 95 %
    words = figure.get_supxlabel().replace("\n", " ").replace("\u00a0", " ")
    assert "median of 4 replications" in words
    assert "50 % and 95 %" in words
    assert "Dashed: A 2019-07-04 curb starts; B 2019-10-15 curb ends." in words


def test_cover_of_nothing_says_so(result: Result) -> None:
    with pytest.raises(CurbsimError, match="no treatment acts on such a stock"):
        plots.cover(result, material="raw")


def test_stock_cover_draws_any_stock(result: Result) -> None:
    ax = plots.stock_cover(result, stock="plant/raw")
    assert ax.get_ylabel() == "Cover, days of baseline use"
    with pytest.raises(CurbsimError, match="unknown stock 'x'"):
        plots.stock_cover(result, stock="x")


def test_output_is_in_percent_and_starts_at_the_baseline(result: Result) -> None:
    figure = plots.output(result)
    ax = figure.axes[0]
    assert ax.get_ylabel() == "Output, % of baseline"
    median = [line for line in ax.lines if len(line.get_xdata()) > 2][0].get_ydata()
    assert median[0] == pytest.approx(100.0, abs=1e-3)
    assert median.min() < 50.0
    assert [text.get_text() for text in ax.texts] == ["A", "B"]
    assert len([line for line in ax.lines if line.get_linestyle() == "--"]) == 2


def test_process_output_refuses_unknown_processes(result: Result) -> None:
    assert plots.process_output(result, process="plant/acid").get_ylabel() == "Output by week, % of baseline"
    with pytest.raises(CurbsimError, match="unknown process 'x'"):
        plots.process_output(result, process="x")


def test_one_replication_has_no_bands(scenario: Scenario) -> None:
    figure = plots.cover(run(scenario, replications=1, jobs=1))
    assert not figure.axes[0].collections
    assert "the only replication" in figure.get_supxlabel()


def test_network_draws_every_facility_once(scenario: Scenario) -> None:
    ax = plots.network(scenario)
    labels = [text.get_text() for text in ax.texts]
    assert sorted(label for label in labels if label in scenario.document.facilities) == [
        "line",
        "pit",
        "plant",
        "spare",
    ]
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["Link, width by value", "Embargo", "Alternative, idle", "JP", "KR"]


def test_network_draws_a_bare_network(scenario: Scenario) -> None:
    ax = plots.network(compile_network(scenario.document))
    assert "plant" in [text.get_text() for text in ax.texts]


def test_labels_of_the_korean_world_do_not_overlap() -> None:
    ax = plots.network(load("korea_2019"))
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if len(text.get_text()) > 2]
    assert len(boxes) == 59 + 6  # facilities, and the kinds of firms above six columns
    assert ax.figure.get_figwidth() * 25.4 == pytest.approx(183)
    page = ax.figure.bbox
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
        assert page.x0 <= box.x0
        assert box.x1 <= page.x1


def test_columns_go_with_the_goods() -> None:
    graph, _, column = layered(compile_network(load("korea_2019").document), None)
    assert not list(nx.selfloop_edges(graph))
    assert all(column[a] < column[b] for a, b in graph.edges)
    height = places(graph, column, {})
    assert all(0.0 < y < 1.0 for y in height.values())


def test_spaced_keeps_order_gap_and_bounds() -> None:
    heights = spaced([0.0, 0.0, 0.01, 0.9, 1.0], 0.1)
    assert all(b - a >= 0.1 - 1e-12 for a, b in itertools.pairwise(heights))
    assert heights[0] == pytest.approx(0.05)
    assert heights[-1] <= 0.95 + 1e-12


def test_save_all_writes_figures_that_are_the_same_twice(
    scenario: Scenario, result: Result, tmp_path: pathlib.Path
) -> None:
    first = plots.save_all(result, tmp_path / "a", scenario)
    second = plots.save_all(result, tmp_path / "b", scenario, formats=("pdf",))
    names = [file.name for file in first]
    stems = [
        "lost_value",
        "trade_acid_JP_KR",
        "cover",
        "output",
        "network",
        "loss_by_material",
        "exceedance",
        "spread",
    ]
    assert names == [f"{stem}.{ending}" for stem in stems for ending in ("png", "pdf")]
    for pdf, again in zip(first[1::2], second, strict=True):
        assert pdf.read_bytes() == again.read_bytes()
    for file in first:
        assert file.read_bytes().startswith(PNG if file.suffix == ".png" else PDF)
        assert file.stat().st_size > 5000


def test_pdf_embeds_truetype_and_no_date(result: Result, tmp_path: pathlib.Path) -> None:
    png, pdf = plots.save(plots.cover(result), tmp_path / "cover")
    assert png.read_bytes() == plots.save(plots.cover(result), tmp_path / "again.png")[0].read_bytes()
    text = pdf.read_bytes()
    assert b"/FontFile2" in text
    assert b"CreationDate" not in text


def test_what_has_nothing_to_show_is_left_out(quiet: tuple[Scenario, Result], tmp_path: pathlib.Path) -> None:
    world, result = quiet
    assert [file.name for file in plots.save_all(result, tmp_path, world)] == ["network.png", "network.pdf"]
    with pytest.raises(CurbsimError, match="no process uses what a treatment acts on"):
        plots.output(result)


def test_domestic_curbs_have_no_trade_figure() -> None:
    home = curbed(material="raw", country="JP")
    result = run(home, replications=2, jobs=1)
    names = plots.figures(result, home)
    assert not any(name.startswith("trade") for name in names)
    assert "cover" in names


def test_settings_of_the_user_are_left_alone(result: Result, scenario: Scenario) -> None:
    before = dict(mpl.rcParams)
    plots.network(scenario)
    plots.cover(result)
    assert dict(mpl.rcParams) == before


def test_figures_show_themselves_in_notebooks(result: Result) -> None:
    assert plots.cover(result)._repr_png_().startswith(PNG)


def test_plots_never_touch_pyplot() -> None:
    code = "import sim.plots, sys; sys.exit('matplotlib.pyplot' in sys.modules)"
    root = pathlib.Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_observed_trade_of_korea() -> None:
    seen = plots.observed(load("curbs_2019"))
    assert seen is not None
    liquid = seen[seen["material"] == "hf_liquid"].set_index("month")["quantity"]
    assert list(liquid.index) == [f"2019-{month:02d}" for month in range(1, 13)]
    assert liquid["2019-07"] == 479.1
    assert liquid["2019-08":"2019-11"].sum() == 0
    assert liquid["2019-12"] == 793.6
    # The year, gas included, is 19,793 t; January to May are an average of January to June.
    assert seen["quantity"].sum() == pytest.approx(19793, rel=0.01)
    sources = load("korea_2019").document.meta.sources
    for row in seen.itertuples():
        assert row.source in sources or row.url
        assert row.unit == "t"
        assert row.status in ("sourced", "estimate")


def test_observed_is_none_without_a_file(scenario: Scenario) -> None:
    assert plots.observed(scenario) is None


def test_a_result_without_loss_keeps_its_exposed_processes(result: Result) -> None:
    arrays = {**result.arrays, "process": result.arrays["process"] * 0.0}
    assert len(plots.output(dataclasses.replace(result, arrays=arrays)).axes) == 1
