"""Every figure at both widths: no text leaves the page or lies on other text, greys differ, numbers are right."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim import plots
from sim.errors import CurbsimError
from sim.experiments.hindcast import Hindcast
from sim.experiments.roles import roles
from sim.experiments.sensitivity import Sensitivity
from sim.experiments.sweep import Sweep, sweep
from sim.plots import style
from sim.plots.experiments import scale_of
from sim.plots.losses import losers, tiers
from sim.plots.marks import day_number, merged
from sim.plots.network_layout import regimes_of
from sim.plots.saving import figures
from sim.plots.trade import cumulative
from sim.reporting.page import TITLES
from sim.results.estimates import proportion
from sim.results.restricted import treated_in
from sim.results.result import Result
from sim.runner.replications import run
from sim.scenario import from_tree, load
from sim.scenario.schema.looks import LOOKS
from tests.plots.looks import grey, problems
from tests.scenario.examples import first_of
from tests.worlds import chain, curbed, licensed

WIDTHS = (89, 183)
DATES = ["2019-09-01", "2019-10-15", "2019-11-20"]
RULES = pd.DataFrame(
    [
        {"factor": f"path.{i}", "title": f"Cover of something with a rather long name, number {i}", "share": 0.3 / (i + 1),
         "low": 0.1 / (i + 1), "high": 0.5 / (i + 1), "direction": "+-"[i % 2] if i < 9 else "", "grade": "estimate"}
        for i in range(12)
    ]
)  # fmt: skip
INDICES = RULES.assign(
    first=RULES["share"], first_low=RULES["low"], first_high=RULES["high"], unit="share of variance",
    total=RULES["share"] + 0.1, total_low=RULES["low"] + 0.1, total_high=RULES["high"] + 0.1,
)  # fmt: skip
STUDY = Sensitivity("Curbs", "sobol", "what is lost", "share of variance", 256, 4096, INDICES)
EFFECTS = RULES.assign(
    mu_star=1e9 * RULES["share"], mu_star_low=1e9 * RULES["low"], mu_star_high=1e9 * RULES["high"],
    sigma=[np.nan, *np.linspace(1e8, 1e7, len(RULES) - 1)], unit="USD",
)  # fmt: skip
SHARES = pd.DataFrame(
    [
        {"who": who, "factor": factor, "share": share, "low": share / 2, "high": min(1.0, 2 * share)}
        for who in ("line/chip", "plant/acid")
        for factor, share in (("production", 0.5), ("switching", 0.2), ("parameters and chance", 0.3))
    ]
)
GRID = pd.DataFrame(
    [
        {"process": "line/chip", "stock": s, "delay": d, "share": a, "estimate": max(0.0, min(1.0, (d - s) / 60 - a)),
         "low": 0.0, "high": 1.0, "unit": "share", "stopped_days": max(0.0, d - s), "replications": 9}
        for s in (0, 30, 60) for d in (0, 60, 120) for a in (0.0, 0.5)
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    return run(licensed(), replications=4, jobs=1)


@pytest.fixture(scope="module")
def relief() -> Sweep:
    return sweep(curbed(), {"events.curb.until": DATES}, replications=3, jobs=1)


@pytest.fixture(scope="module")
def seen() -> Hindcast:
    rows = pd.DataFrame(
        {"id": ["a", "b", "c"], "target": "", "title": ["Acid, July", "First licence", "Days stopped"],
         "ledger": ["fitted", "out of sample", "acceptance"], "observed": [5.0, 90.0, 0.0],
         "unit": ["t", "days", "days"], "status": "sourced", "source": "x", "note": ""}
    )  # fmt: skip
    values = np.column_stack(
        [np.linspace(0, 10, 21), np.where(np.arange(21) > 10, np.nan, 60.0), np.zeros(21)]
    )
    return Hindcast("chain", rows, values)


@pytest.fixture(scope="module")
def arms() -> pd.DataFrame:
    return roles(curbed(), replications=3, jobs=1)


Draw = Callable[..., Axes | Figure]


@pytest.fixture(scope="module")
def every(result: Result, relief: Sweep, seen: Hindcast, arms: pd.DataFrame) -> dict[str, Draw]:
    def trade(width: float) -> Axes:
        return plots.trade(result, material="acid", origin="JP", destination="KR", width=width)

    return {
        "trade": trade,
        "cover": lambda width: plots.cover(result, width=width),
        "stock_cover": lambda width: plots.stock_cover(result, stock="line/acid", width=width),
        "output": lambda width: plots.output(result, width=width),
        "process_output": lambda width: plots.process_output(result, process="line/chip", width=width),
        "network": lambda width: plots.network(result.scenario, result, width=width),
        "licences": lambda width: plots.licences(result, width=width),
        "lost_value": lambda width: plots.lost_value(result, width=width),
        "loss_by_material": lambda width: plots.loss_by_material(result, width=width),
        "exceedance": lambda width: plots.exceedance(result, width=width),
        "spread": lambda width: plots.spread(result, width=width),
        "roles": lambda width: plots.roles(arms, width=width),
        "swept": lambda width: plots.swept(relief, width=width),
        "swept_days": lambda width: plots.swept(relief, "lost_days", width=width),
        "stop_contours": lambda width: plots.stop_contours(GRID, point=(20, 70), region=((10, 40), (30, 90)), width=width),
        "stopped": lambda width: plots.stop_contours(GRID, "stopped_days", width=width),
        "hindcast": lambda width: plots.hindcast(seen, width=width),
        "structure": lambda width: plots.structure(SHARES, width=width),
        "sensitivity": lambda width: plots.sensitivity(STUDY, width=width),
        "screening": lambda width: plots.sensitivity(EFFECTS, width=width),
        "importance": lambda width: plots.importance(RULES, width=width),
    }  # fmt: skip


def test_every_figure_is_looked_at(every: dict[str, Draw]) -> None:
    assert set(plots.__all__) - {"figures", "observed", "save", "save_all"} <= set(every)


def test_every_figure_of_a_run_is_public_and_has_a_title(result: Result) -> None:
    names = {name for name in figures(result, result.scenario) if not name.startswith("trade_")}
    assert len(names) > 4
    assert names <= set(plots.__all__)
    assert names <= set(TITLES)


def _page(drawn: Axes | Figure) -> Figure:
    figure = drawn.get_figure(root=True) if isinstance(drawn, Axes) else drawn
    assert figure is not None
    return figure


@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_leaves_a_figure_or_lies_on_other_text(every: dict[str, Draw], width: int) -> None:
    faults = {}
    for name, draw in every.items():
        drawn = draw(width=width)
        assert _page(drawn).get_figwidth() * 25.4 == pytest.approx(width), name
        faults[name] = problems(drawn)
    assert faults == {name: [] for name in every}


def test_other_widths_are_refused(result: Result) -> None:
    with pytest.raises(CurbsimError, match="width is 120; write 89"):
        plots.cover(result, width=120)


def test_what_is_wrong_with_a_look_is_found() -> None:
    ax = style.picture(89, 40).add_subplot()
    ax.text(0.5, 0.5, "one")
    ax.text(0.5, 0.5, "other")
    ax.text(3.0, 0.5, "away").set_in_layout(False)
    ax.legend(handles=[])
    assert [word.partition(":")[0] for word in problems(ax)] == [
        "off the page",
        "on each other",
        "an empty legend",
    ]


def test_greys_of_the_first_series_differ() -> None:
    greys = [grey(colour) for colour in style.SERIES[:4]]
    assert min(abs(a - b) for a, b in itertools.combinations(greys, 2)) > 0.1
    looks = list(zip(style.DASHES, style.HATCHES, style.SERIES, strict=True))
    assert len(set(looks)) == len(style.SERIES)
    assert len(set(style.DASHES)) == len(style.DASHES)


def test_letters_that_would_touch_are_joined() -> None:
    assert merged([(0.0, "A"), (1.0, "B"), (1.5, "C"), (9.0, "D")], 1.0) == [(0.75, "A–C"), (9.0, "D")]


def test_open_files_and_waits_count_every_file(result: Result) -> None:
    files, waits = result.arrays["open_files"], result.arrays["waits"]
    acid = result.labels.materials.index("acid")
    assert files.shape == (4, 53, len(result.labels.materials))
    assert not np.delete(files, acid, axis=2).any()
    assert not files[:, :26, acid].any()  # before 4 July
    assert files[:, 26, acid].min() > 0
    assert not files[:, 41:, acid].any()  # the curb ends on 15 October and makes open files void
    granted = result.values("licence", "licences_granted")[:, acid]
    assert waits.sum(axis=(1, 2)) == pytest.approx(granted)
    assert waits[:, acid, 60 // 7].sum() == waits.sum()  # each review takes 60 days


def test_a_run_folder_keeps_files_and_waits(result: Result, tmp_path: Any) -> None:
    from sim.results.result import read

    again = read(result.save(tmp_path))
    for name in ("open_files", "waits"):
        assert (again.arrays[name] == result.arrays[name]).all()


def test_licences_show_the_queue_and_the_waits(result: Result) -> None:
    queue, waits = plots.licences(result).axes
    acid = result.labels.materials.index("acid")
    assert list(queue.lines[0].get_ydata()) == list(
        np.median(result.arrays["open_files"][:, :, acid], axis=0)
    )
    assert queue.get_ylabel() == "Files that wait for a decision"
    days, share = waits.lines[0].get_data()
    assert dict(zip(days, share, strict=True))[56] == 0.0
    assert dict(zip(days, share, strict=True))[63] == 1.0
    assert cumulative(np.array([[2, 0, 2]])).tolist() == [[0.0, 0.5, 0.5]]


def test_licences_of_nobody_and_of_old_runs_say_so(result: Result, relief: Sweep) -> None:
    with pytest.raises(CurbsimError, match="nobody filed for a licence"):
        plots.licences(relief.results[0])
    old = {name: value for name, value in result.arrays.items() if name != "open_files"}
    with pytest.raises(CurbsimError, match="run it again"):
        plots.licences(dataclasses.replace(result, arrays=old))


def test_bars_add_up_to_gross_lost_days(result: Result) -> None:
    ax = plots.loss_by_material(result)
    names = [label.get_text() for label in ax.get_yticklabels()]
    days = result.values("process", "lost_days_gross").mean(axis=0)
    line = next(i for i, name in enumerate(names) if name.startswith("line"))
    total = sum(bars[line].get_width() for bars in ax.containers)
    assert total == pytest.approx(days[result.labels.processes.index("line/chip")], rel=5e-3)
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()][0] in ("Acid", "Demand")
    assert ax.get_xlabel() == "Lost output, days of baseline (gross)"


def test_lost_value_shows_gross_bars_and_net_diamonds(result: Result) -> None:
    ax = plots.lost_value(result)
    names = [name for name in losers(result) if name.partition("/")[0] in ("line", "plant")]
    means = {
        kind: [result.values("process", f"lost_value{kind}", name).mean() / 1e6 for name in names]
        for kind in ("_gross", "")
    }
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[: len(names)] == pytest.approx(means["_gross"]) == sorted(widths, reverse=True)
    (diamonds,) = (line for line in ax.lines if line.get_marker() == "D")
    assert list(diamonds.get_xdata()) == pytest.approx(means[""])
    assert diamonds.get_label() == f"Net to {result.horizon}"


def test_first_days_stand_on_the_axis_of_output(result: Result) -> None:
    """Where half of the replications have one: at the median, each with a mark of its own."""
    ax = plots.process_output(result, process="line/chip")
    start = day_number(datetime.date.fromisoformat(result.labels.start))
    measures = ("first_short_day", "first_loss_day", "first_stop_day")
    days = [result.values("process", measure, "line/chip") for measure in measures]
    medians = [start + float(np.nanmedian(x)) for x in days if np.isfinite(x).mean() >= 0.5]
    points = [line for line in ax.lines if line.get_marker() in ("v", "s")]
    assert [float(point.get_xdata()[0]) for point in points] == medians
    assert len(medians) >= 2 and medians[1] == pytest.approx(medians[0] + 10.0, abs=1.0)  # the cycle


def test_exceedance_shows_the_share_above_and_the_chance_of_no_loss(result: Result) -> None:
    ax = plots.exceedance(result, process="line/chip").axes[0]
    days = result.values("process", "lost_days_gross")[:, result.labels.processes.index("line/chip")]
    x, above = ax.lines[0].get_data()
    assert above.tolist() == [(days > place).mean() for place in x]
    low, high = proportion(0, 4)
    assert ax.texts[0].get_text() == f"no loss 0 %\n({100 * low:.0f} to {100 * high:.0f})"
    assert ax.get_xlabel() == "Gross lost days"
    with pytest.raises(CurbsimError, match="unknown process 'x'"):
        plots.exceedance(result, process="x")


def test_spread_counts_processes_below_nine_tenths(result: Result) -> None:
    parts = tiers(result)
    assert list(parts) == ["supplier", "chipmaker"]
    assert "spare/acid" not in parts["supplier"]  # idle on the baseline
    figure = plots.spread(result)
    index = [result.labels.processes.index(name) for name in parts["chipmaker"]]
    below = 100.0 * (result.arrays["output"][:, :, index] < 0.9).mean(axis=2)
    median = next(line for line in figure.axes[1].lines if len(line.get_xdata()) > 2).get_ydata()
    assert list(median) == pytest.approx(list(np.median(below, axis=0)))
    assert figure.axes[1].get_ylabel() == "chipmaker\n(1)"


def test_network_names_regimes_and_rings_losses(result: Result) -> None:
    ax = plots.network(result.scenario, result)
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "Individual licences" in legend
    assert "Loss 10 % or more" in legend
    assert len({(look.colour, look.dashes) for look in LOOKS.values()}) == len(LOOKS)
    quotas = regimes_of(load("hf_quota_steps").document)
    assert set(quotas.values()) == {"quota"}
    assert set(regimes_of(load("curbs_2019").document).values()) == {"individual"}


def test_a_retaliation_that_is_a_treatment_is_drawn_as_the_regime_it_gives() -> None:
    """Its links, and so their buyers, stand in figures; the network draws them as a quota."""
    answer = first_of("retaliation")
    events = {**answer.world["events"], answer.name: {**answer.event, "role": "treatment"}}
    document = from_tree({**answer.world, "events": events}).document
    assert "chip/line-maker" in treated_in(document).dates
    assert ("chip", "KR", "JP") in treated_in(document).routes
    assert regimes_of(document)["chip/line-maker"] == "quota"


def test_a_large_network_does_not_fit_one_column() -> None:
    with pytest.raises(CurbsimError, match="59 facilities cannot be read in 89 mm; write width=183"):
        plots.network(load("korea_2019"), width=89)


def test_roles_are_means_with_intervals(arms: pd.DataFrame) -> None:
    ax = plots.roles(arms)
    both = arms[arms["arm"] == "both"]["lost_days_gross"]
    points = next(line for line in ax.lines if line.get_label() == "Both")
    assert list(points.get_xdata()) == list(both)
    assert ax.get_xlabel() == "Gross lost days"
    with pytest.raises(CurbsimError, match="plots.roles"):
        plots.roles(SHARES)


def test_dates_of_relief_stand_on_an_axis_of_dates(relief: Sweep) -> None:
    figure = plots.swept(relief, "lost_days_gross", who="line/chip")
    ax = figure.axes[0]
    table = relief.table()
    means = table[table["who"] == "line/chip"]["estimate"]
    x, y = ax.lines[0].get_data()
    assert list(y) == list(means)
    assert list(np.diff(x)) == [44.0, 36.0]
    assert ax.get_xlabel() == "End of curb"
    assert ax.get_xticklabels()[0].get_text() == "2019-09-01"
    assert (
        plots.swept(relief).axes[0].get_ylabel() == f"Gross lost value, {relief.results[0].labels.currency}"
    )
    with pytest.raises(CurbsimError, match="unknown 'x'"):
        plots.swept(relief, who="x")


def test_scales_of_swept_values() -> None:
    assert scale_of(["30 %", "60 %"], "a.b.share").places == (30.0, 60.0)
    assert (
        scale_of(["30 % of baseline", "60 % of baseline"], "events.cap.allow").label
        == "cap.allow, % of baseline"
    )
    assert scale_of(["bulk", "individual"], "events.cap.regime").names == ("bulk", "individual")
    two = Sweep(("a.b", "a.c"), ((1, 2),), ())
    with pytest.raises(CurbsimError, match="this sweep varies 2"):
        plots.swept(two)


def test_contours_have_a_panel_for_each_share() -> None:
    figure = plots.stop_contours(GRID)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Alternatives 0 % of need",
        "Alternatives 50 % of need",
    ]
    keys = [text.get_text() for text in figure.legends[0].get_texts()]
    assert keys == ["below 5", "5 to 25", "25 to 50", "50 to 75", "75 to 95", "95 or more"]
    with pytest.raises(CurbsimError, match="no column 'stock'"):
        plots.stop_contours(SHARES)
    with pytest.raises(CurbsimError, match="two values of stock"):
        plots.stop_contours(GRID[GRID["stock"] == 0])


def test_hindcast_places_what_was_observed_on_the_scale_of_its_band(seen: Hindcast) -> None:
    ax = plots.hindcast(seen)
    row = seen.table().iloc[0]
    half = 0.5 * (row["high"] - row["low"])
    place = (5.0 - 0.5 * (row["high"] + row["low"])) / half
    fitted = next(line for line in ax.lines if line.get_marker() == "^")
    assert fitted.get_xdata()[0] == pytest.approx(place)
    assert [text.get_text() for text in ax.texts][1].startswith("90 days | 60 (60 to never)")


def test_shares_are_in_percent_and_the_ten_largest() -> None:
    ax = plots.importance(RULES)
    assert [bar.get_width() for bar in ax.containers[0]] == pytest.approx([30.0 / (i + 1) for i in range(10)])
    assert plots.structure(SHARES).axes[0].containers[0][0].get_width() == pytest.approx(50.0)
    with pytest.raises(CurbsimError, match="no column 'grade'"):
        plots.importance(RULES.drop(columns="grade"))
    with pytest.raises(CurbsimError, match="nothing varies"):
        plots.structure(SHARES[:0])


def test_a_paper_gets_both_widths_and_svg_with_the_same_bytes(result: Result, tmp_path: Any) -> None:
    first, second = (
        plots.save(plots.licences(result, width=89), tmp_path / name / "licences", formats=("svg",))
        for name in "ab"
    )
    assert first[0].read_bytes() == second[0].read_bytes()
    assert b"<dc:date>" not in first[0].read_bytes()
    quiet = run(from_tree(chain()), replications=1, jobs=1)
    files = plots.save_all(quiet, tmp_path, quiet.scenario, 1, widths=WIDTHS, formats=("svg",))
    assert [file.name for file in files] == ["network_89mm.svg", "network_183mm.svg"]
    with pytest.raises(CurbsimError, match="unknown format 'eps'"):
        plots.save(plots.spread(result), tmp_path / "x", formats=("eps",))
