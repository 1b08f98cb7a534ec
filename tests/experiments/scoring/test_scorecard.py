"""The scorecard: what is a forecast at an origin, what counts once, and naive forecasts with exact answers."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.errors import CurbsimError
from sim.experiments.hindcast import observed_figures
from sim.experiments.scoring import figures, naive
from sim.experiments.scoring.scorecard import OriginForecast, Scorer
from sim.scenario import load

START, HORIZON = datetime.date(2019, 7, 4), datetime.date(2020, 1, 31)
SEPTEMBER, NOVEMBER = datetime.date(2019, 9, 30), datetime.date(2019, 11, 15)
WORLD = Path(observed_figures.__code__.co_filename).parents[2] / "scenarios" / "korea_2019"


def figure(name: str, **more: Any) -> dict[str, Any]:
    base = {
        "id": name, "title": name, "measure": "quantity", "begin": "", "end": "", "observed": 0.0,
        "ledger": "out of sample", "group": "g", "scale": "flow", "normal": 100.0, "normal_simulated": np.nan,
        "scale_sd": 0.0, "curbed": "yes", "series": "s", "known_on": "", "same_as": "",
    }  # fmt: skip
    return base | more


def month(name: str, observed: float, **more: Any) -> dict[str, Any]:
    number = int(name[-2:])
    known = datetime.date(2019 + number // 12, number % 12 + 1, 16)
    return figure(name, begin=name, end=name, observed=observed, known_on=str(known), **more)


MONTHS = [month(f"2019-{m:02d}", x) for m, x in zip(range(7, 13), (20, 0, 0, 0, 0, 50), strict=True)]
GRANTS = [
    figure("first", scale="date", series="l", begin="2019-07-04", observed=133.0, known_on="2019-11-16"),
    figure("count", scale="count", series="l", begin="2019-07-04", end="2019-12-20", observed=2.0,
           known_on="2019-12-20"),
    figure("stop", scale="days lost", begin="2019-07-04", end="2020-01-31", known_on="2020-02-01"),
]  # fmt: skip


def history() -> pd.DataFrame:
    """A series of 80 to 120 a month, then the months of the figures; one licence on 29 August."""
    flows = [(f"2019-{m:02d}", 80.0 + 10.0 * (m - 1)) for m in range(1, 6)]
    rows = [("s", *row, f"2019-{int(row[0][-2:]) + 1:02d}-16") for row in flows]
    rows += [("s", one["begin"], one["observed"], one["known_on"]) for one in MONTHS]
    rows += [("l", "2019-08-29", 1.0, "2019-08-30")]
    frame = pd.DataFrame(rows, columns=["series", "date", "value", "known_on"])
    last = [figures.read_date(x, last=True) for x in frame["date"]]
    return frame.assign(last=last, known_on=[figures.read_date(x, last=True) for x in frame["known_on"]])


def scorer(rows: list[dict[str, Any]]) -> Scorer:
    table = pd.DataFrame(rows)
    places = np.flatnonzero(figures.scored(table))
    return Scorer(table.iloc[places].reset_index(drop=True), places, history(), START, HORIZON, 1)


def test_a_forecast_is_not_known_at_its_origin_and_its_period_ends_after_it() -> None:
    of = scorer([*MONTHS, *GRANTS])
    roles = dict(zip(of.rows["id"], of.roles(SEPTEMBER), strict=True))
    assert [roles[f"2019-{m:02d}"] for m in range(7, 13)] == [
        "in sample", "in sample", "not out yet", "forecast", "forecast", "forecast"
    ]  # fmt: skip
    assert (roles["first"], roles["count"], roles["stop"]) == ("forecast",) * 3
    roles = dict(zip(of.rows["id"], of.roles(NOVEMBER), strict=True))
    assert roles["2019-10"] == "not out yet"  # over, published on the day after
    assert roles["2019-11"] == "forecast"
    assert roles["first"] == "not out yet"  # day 133 was 14 November


def test_a_figure_beyond_the_run_is_not_scored() -> None:
    table = pd.DataFrame([*MONTHS, *GRANTS])
    december = figures.within(table, datetime.date(2019, 1, 1), datetime.date(2019, 12, 31))
    assert list(table["id"][~december]) == ["stop"]  # it speaks of days up to 31 January
    november = figures.within(table, datetime.date(2019, 7, 4), datetime.date(2019, 12, 30))
    assert list(table["id"][~november]) == ["2019-07", "2019-12", "stop"]


def test_a_perfect_forecast_has_no_score_and_groups_have_four_figures() -> None:
    of = scorer([*MONTHS, *GRANTS])
    values = np.tile([one["observed"] for one in (*MONTHS, *GRANTS)], (30, 1))
    scores = of.scores(OriginForecast(SEPTEMBER, values)).set_index(["role", "set"])
    assert list(scores.index) == [("forecast", "all")]  # a group that is all figures is not shown twice
    whole = scores.loc[("forecast", "all")]
    assert (whole["figures"], whole["used"]) == (6, 0)
    numbers = whole[["crps", "energy", "skill", "skill_low", "effective_size"]].astype(float)
    assert numbers.tolist() == pytest.approx([0.0, 0.0, 1.0, 1.0, 30.0])
    assert of.scores(OriginForecast(NOVEMBER, values))["figures"].tolist() == [4]


def test_a_figure_that_restates_another_counts_once() -> None:
    twice = month("2019-10", 0.0) | {"id": "again", "same_as": "2019-10"}
    rows = [*MONTHS, *GRANTS]
    once, more = scorer(rows), scorer([*rows, twice])
    values = np.random.default_rng(1).gamma(2.0, 20.0, (60, len(rows)))
    with_copy = np.column_stack([values, values[:, 3]])
    first, second = (of.scores(OriginForecast(SEPTEMBER, x)) for of, x in ((once, values), (more, with_copy)))
    pd.testing.assert_frame_equal(first, second)


def drawn(name: str, row: dict[str, Any], origin: datetime.date) -> np.ndarray:
    return naive.draw(name, pd.Series(row), naive.KnownHistory.of(history(), START, origin))


def test_naive_flows_are_what_they_say() -> None:
    october = MONTHS[3]
    before = np.exp(drawn("as before", october, SEPTEMBER)) - 0.05
    assert set(np.round(before * 100)) == {80.0, 90.0, 100.0, 110.0, 120.0}  # each month before, alike
    assert before.mean() == pytest.approx(1.0, abs=0.02)
    assert drawn("nothing comes", october, SEPTEMBER) == pytest.approx(np.log(0.05))
    later = np.exp(drawn("nothing for 90 days", october, SEPTEMBER)) - 0.05
    assert later == pytest.approx(before_of("nothing for 90 days") * 30 / 31)  # day 90 is 2 October
    july = np.exp(drawn("nothing comes", MONTHS[0], START)) - 0.05
    assert july == pytest.approx(before_of("nothing comes", START) * 3 / 31)  # 1 to 3 July
    free = drawn("nothing comes", october | {"curbed": ""}, SEPTEMBER)
    assert set(np.round(100 * (np.exp(free) - 0.05))) == {80.0, 90.0, 100.0, 110.0, 120.0}


def before_of(name: str, origin: datetime.date = SEPTEMBER) -> np.ndarray:
    """Draws of the months before from the stream of a naive forecast."""
    return np.exp(drawn(name, MONTHS[3] | {"curbed": ""}, origin)) - 0.05


def test_last_month_goes_on_with_the_steps_of_the_months_before() -> None:
    """August, known on 16 September, was 0: half of all draws stay there, the rest rise by a step seen."""
    last = drawn("last month", MONTHS[3], SEPTEMBER)
    assert last.min() == pytest.approx(np.log(0.05))
    rises = np.abs(np.diff(np.log(np.array([80, 90, 100, 110, 120, 20, 0]) / 100 + 0.05)))
    rose = last[last > last.min() + 1e-9] - np.log(0.05)
    assert all(np.isclose(rises, rise).any() for rise in rose)
    assert 0.4 < (last > last.min() + 1e-9).mean() < 0.6
    assert drawn("last month", MONTHS[3], START).mean() == pytest.approx(np.log(1.25), abs=0.03)  # May


def test_naive_grants_come_at_the_pace_so_far() -> None:
    """One grant in 88 days: 81 more days bring (1.5 / 133) 81 on average, with the gamma law of the rate."""
    count = GRANTS[1]
    assert drawn("nothing comes", count, SEPTEMBER).tolist() == [1.0] * naive.DRAWS
    more = drawn("as before", count, SEPTEMBER) - 1.0
    mean = 1.5 / 133.0 * 82
    assert more.mean() == pytest.approx(mean, abs=3 * np.sqrt((mean + mean**2 / 1.5) / naive.DRAWS))
    quiet = drawn("last month", count, SEPTEMBER) - 1.0  # none in the last 30 days
    assert quiet.mean() < more.mean()
    assert (drawn("nothing comes", GRANTS[0], START) == np.inf).all()  # never, so far as was known
    assert (drawn("nothing for 90 days", GRANTS[0], START) > 90.0).all()
    assert drawn("as before", GRANTS[2], SEPTEMBER).tolist() == [0.0] * naive.DRAWS


@pytest.fixture(scope="module")
def case() -> pd.DataFrame:
    """The figures of the case of 2019."""
    return observed_figures(load("curbs_2019"))


def test_every_figure_of_the_case_has_a_day_and_an_error(case: pd.DataFrame) -> None:
    assert (case["known_on"] != "").all()
    assert (case["scale_sd"] >= 0.0).all()
    counted = case[figures.scored(case)]
    assert set(counted["group"]) == {"hydrogen fluoride", "resist", "licences", "stops"}
    flows = counted[counted["scale"] == "flow"]
    assert set(flows["series"]) <= set(figures.read_history(WORLD, counted, START)["series"])


def test_customs_figures_and_their_normal_months_are_those_of_the_history(case: pd.DataFrame) -> None:
    known = pd.read_csv(WORLD / "history.csv", dtype=str).set_index(["series", "date"])["value"].astype(float)
    customs = case[case["source"] == "kcs_monthly"]
    assert len(customs) == 28
    for _, row in customs.iterrows():
        first_half = [known[row["series"], f"2019-{m:02d}"] for m in range(1, 7)]
        assert row["observed"] == known[row["series"], row["begin"]], row["id"]
        assert row["normal"] == pytest.approx(np.mean(first_half), rel=0.005), row["id"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"known_on": ""}, "no day; write the day"),
        ({"known_on": "soon"}, "'soon' is no date"),
        ({"scale_sd": np.nan}, "no error of observation"),
        ({"normal": np.nan}, "a flow without a normal amount"),
        ({"scale": "tons"}, "unknown 'tons'; write one of flow, count"),
        ({"same_as": "nobody"}, "'nobody' is no figure that counts itself"),
    ],
)
def test_a_table_that_cannot_be_scored_says_where(change: dict[str, Any], message: str) -> None:
    rows = pd.DataFrame([MONTHS[0], MONTHS[1] | change])
    with pytest.raises(CurbsimError, match=rf"hindcast.csv:3:.*{message}"):
        figures.checked(rows, Path("hindcast.csv"))


def test_a_flow_needs_something_known_on_the_first_day(tmp_path: Path) -> None:
    rows = pd.DataFrame(MONTHS)
    with pytest.raises(CurbsimError, match=r"no history.csv for the naive forecasts"):
        figures.read_history(tmp_path, rows, START)
    head = "series,date,value,known_on\n"
    for text, message in {
        f"{head}s,2019-07,1,2019-08-16\n": r"nothing of series 's' \(2019-07\) was known on 2019-07-04",
        f"{head}s,2019-05,much,2019-06-16\n": r"history.csv:2: '2019-05', 'much', '2019-06-16'; write a month or day",
        f"{head}s,2019-05,1,\n": r"history.csv:2: '2019-05', '1', ''; write a month or day",
        "series,date,value\ns,2019-05,1\n": r"history.csv:1: no column known_on; write series, date, value",
    }.items():
        (tmp_path / "history.csv").write_text(text)
        with pytest.raises(CurbsimError, match=message):
            figures.read_history(tmp_path, rows, START)
