"""A number is the same at the terminal, on the page, in the tables of the report and in summary.csv, cell by cell.

The world has two facilities of one prefix, two materials that need licences, and losses that are made up in part.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import html
import io
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli import run_actions
from sim.cli.app import app
from sim.reporting import hindcast_tables, study_tables, terminal_tables
from sim.reporting import page as report_page
from sim.reporting.table import Column, Table
from sim.results import codebook
from sim.results.estimates import summarise, support
from sim.results.numbers import between, error, number, percent
from sim.results.result import Result
from sim.scenario import from_tree
from sim.scenario.yaml_files import to_yaml
from tests.experiments.test_calibration import GRANT, STOP, write_case
from tests.worlds import Tree, chain

START = datetime.date(2019, 1, 1)
REPLICATIONS = 12
Cells = dict[str, dict[str, str]]  # of a table: first cell of the row, head of the column


def world() -> Tree:
    """Return two lines that need acid and gas; licences for both materials wait for a random review."""
    tree = chain()
    tree["run"] = {"start": "2019-01-01", "end": "2020-06-30", "replications": REPLICATIONS, "seed": 5}
    tree["materials"]["gas"] = {"title": "Gas", "unit": "t", "price": "900 USD/t"}
    tree["facilities"]["plant"]["makes"]["gas"] = {"headroom": "30 %", "finished_cover": "5 days"}
    line = tree["facilities"]["line"]
    line["makes"]["chip"] |= {"headroom": "30 %"}
    line["makes"]["chip"]["inputs"]["gas"] = {"per_unit": "1 kg"}
    line["stocks"]["gas"] = {"cover": "25 days", "adjustment": "7 days"}
    tree["facilities"]["line_2"] = line | {
        "stocks": {name: stock | {"cover": "50 days"} for name, stock in line["stocks"].items()}
    }
    link = tree["links"]["acid/plant-line"]
    for facility in ("line", "line_2"):
        for material in ("acid", "gas"):
            tree["links"][f"{material}/plant-{facility}"] = link | {"to": facility, "material": material}
    tree["demand"]["chip/line_2"] = {"at": "line_2", "material": "chip", "rate": "400 wafer/month"}
    review = {
        material: {"low": "20 days", "mode": "60 days", "high": "110 days"} for material in ("acid", "gas")
    }
    tree["regimes"] = {"individual": {"review": review, "lot": "30 days"}}
    curb = {
        "kind": "licence",
        "role": "treatment",
        "date": "2019-07-04",
        "until": "2019-11-01",
        "regime": "individual",
        "source": "estimate",
    }
    tree["events"] = {
        f"curb_{material}": curb | {"select": {"material": material}} for material in ("acid", "gas")
    }
    return tree


class Tables(HTMLParser):
    """Read the tables of a page: rows of cells by the label of the box around each."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.label, self.inside = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            self.label = dict(attrs).get("aria-label") or ""
        elif tag == "tr":
            self.tables.setdefault(self.label, []).append([])
        elif tag in ("td", "th"):
            self.tables[self.label][-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[self.label][-1][-1] += data


def keyed(rows: list[list[str]]) -> Cells:
    """Return the rows of a table by first cell and head; a second range is told by the head before it."""
    heads = [
        head if not head.startswith("95 % ") else f"{before} {head}"
        for before, head in zip(["", *rows[0]], rows[0])
    ]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in rows[1:] if len(row) == len(heads)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("same")
    (place / "two.yaml").write_text(to_yaml(world()), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def terminal(folder: Path) -> Cells:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "400")
        patch.chdir(folder)
        patch.setattr(run_actions, "draw_figures", lambda result, place, *options: None)
        patch.setattr(
            report_page, "pictures", lambda result, place, **draw: []
        )  # numbers alone: figures take long
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            app(["run", "two.yaml", "--jobs", "1"], standalone_mode=False)
    lines = [re.split(r"\s{2,}", line.strip()) for line in printed.getvalue().splitlines()]
    cells: Cells = {}
    head: list[str] = []
    for line in lines:  # of two tables, one below the other
        head = line if line[0] == "who" else head
        if "/" in line[0] and len(line) == len(head):
            cells.setdefault(line[0], {}).update(zip(head, line, strict=True))
    return cells


@pytest.fixture(scope="module")
def run(folder: Path, terminal: Cells) -> Path:
    (found,) = (folder / "runs").glob("chain-*")
    return found


@pytest.fixture(scope="module")
def page(run: Path) -> dict[str, Cells]:
    return {label: keyed(rows) for label, rows in Tables((run / "report.html").read_text()).tables.items()}


@pytest.fixture(scope="module")
def summary(run: Path) -> dict[tuple[str, str], dict[str, float]]:
    frame = pd.read_csv(run / "summary.csv")
    return {(row["metric"], row["scope"]): row for row in frame.to_dict("records")}


@pytest.fixture(scope="module")
def losses(run: Path) -> pd.DataFrame:
    return (
        table(run, "losses")
        .join(table(run, "timing").drop(columns=["title", "country", "group"]))
        .join(table(run, "chances").drop(columns=["title", "country", "group"]))
    )


def table(run: Path, name: str) -> pd.DataFrame:
    frame = pd.read_csv(run / "report_tables" / f"{name}.csv")
    return frame.set_index(frame.columns[0])


def shown(row: dict[str, float], name: str = "estimate", scale: float = 1.0) -> str:
    """Return a number of the summary, rounded to what its range and error support."""
    unit = support(row["low"] / scale, row["high"] / scale, row["monte_carlo_error"] / scale)
    if name == "range":
        return between(row["low"] / scale, row["high"] / scale, unit)
    return error(row[name] / scale) if name == "monte_carlo_error" else number(row[name] / scale, unit)


def ends(row: pd.Series, name: str) -> str:
    return f"{number(row[f'{name}_low'], 1e-9)} to {number(row[f'{name}_high'], 1e-9)}"


def test_the_world_is_the_one_that_is_hard(summary: dict, terminal: Cells) -> None:
    for line in ("line/chip", "line_2/chip"):
        net, gross = (summary[metric, line]["estimate"] for metric in ("lost_days", "lost_days_gross"))
        assert 0.0 < net < gross
    assert summary["lost_days", "line/chip"]["estimate"] != summary["lost_days", "line_2/chip"]["estimate"]
    assert (
        summary["minimum_cover", "line/acid"]["estimate"]
        != summary["minimum_cover", "line_2/acid"]["estimate"]
    )
    assert all(summary["licences_filed", material]["estimate"] > 0 for material in ("acid", "gas"))
    assert {"line/chip", "line_2/chip", "plant/acid", "plant/gas"} <= set(terminal)


END = "2020-06-30"


def test_losses(terminal: Cells, page: dict[str, Cells], losses: pd.DataFrame, summary: dict) -> None:
    """Gross losses stand first, and the head of net ones says until when they count."""
    for process, cells in terminal.items():
        gross, net = (summary[f"lost_days{kind}", process] for kind in ("_gross", ""))
        report = losses.loc[process]
        on_page = page["Who loses how much"][report["title"]]
        days, value = "gross loss, days", "gross loss, million USD"
        net_days, net_value = f"net loss to {END}, days", f"net loss to {END}, million USD"
        numbers = {
            days: (shown(gross), "gross_days", days),
            "median": (shown(gross, "median"), "gross_median_days", "median, days"),
            "MC error": (shown(gross, "monte_carlo_error"), "gross_error_days", "MC error, days"),
            net_days: (shown(net), "lost_days", net_days),
        }
        ranges = {
            "95 % range": (shown(gross, "range"), "gross_days", f"{days} 95 % range"),
            "": (shown(net, "range"), "lost_days", f"{net_days} 95 % range"),
        }
        if priced := summary.get(("lost_value_gross", process)):
            numbers[value] = (shown(priced, scale=1e6), "gross_value", value)
            text, left = shown(priced, "range", scale=1e6), summary["lost_value", process]
            ranges["95 % range of value"] = (text, "gross_value", f"{value} 95 % range")
            numbers[net_value] = (shown(left, scale=1e6), "lost_value", net_value)
        for head, (text, column, page_head) in numbers.items():
            told = (cells[head], number(report[column], 1e-9), on_page[page_head])
            assert told == (text, text, text), (process, head)
        for head, (text, column, page_head) in ranges.items():
            told = (cells.get(head, text), ends(report, column), on_page[page_head])
            assert told == (text, text, text), (process, head)
        heads = list(on_page)
        assert heads.index(days) < heads.index(value) < heads.index(net_days) < heads.index(net_value)


def test_chances(terminal: Cells, page: dict[str, Cells], losses: pd.DataFrame, summary: dict) -> None:
    for process, cells in terminal.items():
        chance, report = summary["loss_probability", process]["estimate"], losses.loc[process]
        on_page = page["Chance of a loss, and its size if there is one"][report["title"]]
        assert cells["ever short"] == percent(report["ever_short"] / REPLICATIONS) == percent(chance)
        assert on_page["ever short, replications"] == number(report["ever_short"], 1.0)


FIRST = {
    "first_short_day": ("first_short", "starts first held back"),
    "first_loss_day": ("first_lost", "output first lost"),
    "first_stop_day": ("first_stopped", "first day stopped"),
}


def test_dates(terminal: Cells, page: dict[str, Cells], losses: pd.DataFrame, summary: dict) -> None:
    told = set()
    for process, cells in terminal.items():
        report = losses.loc[process]
        on_page = page["When it is short, and what holds it back"][report["title"]]
        for metric, (column, head) in FIRST.items():
            row = summary.get((metric, process))
            if row is None:
                assert (cells[head], on_page[head], report[column]) == ("-", "", np.nan), head
                continue
            told.add(metric)
            form = "%Y-%m" if row["high"] - row["low"] >= 100 else "%Y-%m-%d"
            date = (START + datetime.timedelta(days=math.floor(row["median"] + 0.5))).strftime(form)
            share = row["replications"] / REPLICATIONS
            some = f" ({percent(share)})" if share < 1.0 else ""
            assert (cells[head], report[column], on_page[head]) == (f"{date}{some}", date, date), head
        stops = summary["stop_probability", process]["estimate"] * REPLICATIONS
        assert (report["stops"], on_page["stops, replications"]) == (round(stops), str(round(stops)))
    assert told == set(FIRST)


def test_covers_and_causes(
    terminal: Cells, page: dict[str, Cells], losses: pd.DataFrame, summary: dict, run: Path
) -> None:
    facilities = sim.read(run).scenario.document.facilities
    titles = {
        "acid": "Acid",
        "gas": "Gas",
        "raw": "Raw acid",
        "demand": "curbed orders",
        "capacity": "capacity",
    }
    for process, cells in terminal.items():
        report = losses.loc[process]
        on_page = page["When it is short, and what holds it back"][report["title"]]
        facility, key = process.split("/")
        used = {f"{facility}/{material}" for material in facilities[facility].makes[key].inputs}
        covers = [
            (row["estimate"], scope.partition("/")[2], shown(row))
            for (metric, scope), row in summary.items()
            if metric == "minimum_cover" and scope in used
        ]
        if covers:
            _, material, days = min(covers)
            assert cells["lowest cover"] == f"{days} d {material}"
            assert (number(report["lowest_cover"], 1e-9), report["cover_of"]) == (days, titles[material])
            assert (on_page["lowest cover, days"], on_page["cover of"]) == (days, titles[material])
        else:
            assert cells["lowest cover"] == on_page["lowest cover, days"] == "-"
        shares = {
            metric.removeprefix("lost_share_"): row["estimate"]
            for (metric, scope), row in summary.items()
            if metric.startswith("lost_share_") and scope == process
        }
        cause, share = max(shares.items(), key=lambda pair: pair[1])
        title = "few orders" if cause == "demand" and not process.startswith("plant") else titles[cause]
        assert cells["held back by"] == f"{title if cause == 'demand' else cause} {percent(share)}"
        assert (report["held_back_by"], f"{report['share_of_loss']:.0f} %") == (title, percent(share))
        assert on_page["share of loss, %"] == number(100 * share, 1.0)


def test_licences(page: dict[str, Cells], run: Path, summary: dict) -> None:
    columns = {
        "filed": ("licences_filed", 1.0),
        "granted": ("licences_granted", 1.0),
        "wait_days": ("mean_wait", 1.0),
        "lapsed": ("lapsed_share", 0.01),
    }
    heads = {"wait_days": "wait days", "lapsed": "lapsed, %"}
    report = table(run, "licences")
    assert list(report.index) == ["acid", "gas"]
    for material, row in report.iterrows():
        on_page = page["Licences"][row["title"]]
        for column, (metric, scale) in columns.items():
            source, head = summary[metric, str(material)], heads.get(column, column)
            text, span = shown(source, scale=scale), shown(source, "range", scale)
            assert (number(row[column], 1e-9), on_page[head]) == (text, text)
            assert (ends(row, column), on_page[f"{head} 95 % range"]) == (span, span)


def test_a_notebook_shows_the_cells_of_the_terminal(run: Path, terminal: Cells) -> None:
    result = sim.read(run)
    notebook = html.unescape(re.sub(r"</?span[^>]*>", "", result._repr_html_()))
    for process, cells in terminal.items():
        rows = [part.partition("</tr>")[0] for part in notebook.split(f'<th scope="row">{process}</th>')[1:]]
        texts = [text for row in rows for text in re.findall(r"<td[^>]*>([^<]*)</td>", row)]
        assert texts == list(cells.values())[1:]


def test_the_headline_has_the_numbers_of_the_summary(run: Path, summary: dict) -> None:
    for row in sim.read(run).headline().to_dict("records"):
        for kind, columns in {
            "_gross": (
                "lost_days_gross",
                *(f"lost_days_gross_{x}" for x in ("median", "low", "high", "error")),
            ),
            "": ("lost_days", "median", "low", "high", "monte_carlo_error"),
        }.items():
            days, value = (summary.get((f"lost_{unit}{kind}", row["who"])) for unit in ("days", "value"))
            estimate = ("estimate", "median", "low", "high", "monte_carlo_error")
            assert [row[name] for name in columns] == [days[name] for name in estimate]
            assert row[f"lost_value{kind}"] == (value["estimate"] if value else 0.0)
        assert row["horizon"] == END
        assert row["loss_probability"] == pytest.approx(
            summary["loss_probability", row["who"]]["estimate"], abs=5e-4
        )


def idle(result: Result, draws: int) -> Result:
    """Return a run in which the acid of the first line is not used in the last draws."""
    stock = result.arrays["stock"].copy()
    place = result.labels.measures["stock"].index("minimum_cover")
    stock[-draws:, place, result.labels.stocks.index("line/acid")] = np.nan
    return dataclasses.replace(result, arrays=result.arrays | {"stock": stock})


def test_the_lowest_cover_is_over_the_draws_in_which_a_stock_is_used(run: Path) -> None:
    """One that is idle in some draws is compared by the others, as in summary.csv; one idle in all is left out."""
    result = sim.read(run)
    some, never = idle(result, 4), idle(result, REPLICATIONS)
    known = result.values("stock", "minimum_cover", "line/acid")[:-4]
    gas = summarise(result.values("stock", "minimum_cover", "line/gas"))
    acid = summarise(known)
    assert some.lowest_cover("line/chip") == ((acid, "acid") if acid.mean < gas.mean else (gas, "gas"))
    assert never.lowest_cover("line/chip") == (gas, "gas")
    rows = some.summary().set_index(["metric", "scope"])
    assert rows.loc[("minimum_cover", "line/acid"), "estimate"] == acid.mean
    headline = some.headline().set_index("who").loc["line/chip"]
    assert headline["minimum_cover"] == some.lowest_cover("line/chip")[0].mean
    assert math.isnan(result.lowest_cover("nowhere/chip")[0].mean)


def test_experiments_show_the_cells_of_the_terminal_in_a_notebook() -> None:
    scenario = from_tree(world())
    compared = sim.compare(
        scenario, scenario.with_({"events.curb_gas.until": "2019-09-01"}), replications=3, jobs=1
    )
    grid = sim.sweep(
        scenario, {"events.curb_gas.until": ["2019-08-01", "2019-09-01"]}, replications=3, jobs=1
    )
    for found, table in (
        (compared, terminal_tables.compare_table(compared)),
        (grid, terminal_tables.sweep_table(grid, grid.table())),
    ):
        (rows,) = Tables(found._repr_html_()).tables.values()
        heads, *cells = rows
        assert len(cells) > 2
        assert [dict(zip(heads, row, strict=True)) for row in cells] == table.lines()


def test_studies_show_the_tables_of_the_terminal_in_a_notebook(tmp_path: Path) -> None:
    figures = {"grant": GRANT | {"observed": 40}, "stop": STOP | {"observed": 0}}
    case = sim.load(
        write_case(tmp_path, figures | {"later": GRANT | {"observed": 9, "ledger": "out of sample"}})
    )
    screened = sim.sensitivity(case, method="morris", points=2, jobs=1)
    calibrated = sim.calibrate(case, points=32, waves=1, jobs=1)
    identified = sim.identify(case, case, replications=24, jobs=1)
    hinges = identified.estimates()
    for study, answer in (
        (screened, study_tables.sensitivity_answer(screened)),
        (calibrated, study_tables.calibration_answer(calibrated)),
        (identified, study_tables.identification_answer(identified, identified.moments(), hinges)),
    ):
        tables = [part for part in answer if isinstance(part, Table)]
        rows = [
            row
            for table in tables
            for row in ([column.heading for column in table.view], *map(list, table.rows))
        ]
        assert len(rows) > len(tables) > 0
        assert Tables(study._repr_html_()).tables[""] == rows


def test_a_declared_column_is_one_of_the_codebook() -> None:
    """So that its unit and meaning are known; what is made for the eye alone has neither."""
    for name, columns in {
        "hindcast": hindcast_tables.FIGURES,
        "hindcast_scores": (*hindcast_tables.SKILL, *hindcast_tables.COVERAGE),
        "differences": terminal_tables.COMPARED,
    }.items():
        named = {end for column in columns for end in (column.name, column.to) if end} - {
            "outside",
            "verdict",
        }
        assert named <= set(codebook.COLUMNS[name])


def test_a_table_is_set_in_latex_whatever_it_says() -> None:
    texts = ["50 % & more_{x}", r"\end{table} ~ ^ # $", "<b>"]
    table = Table(
        "odd",
        pd.DataFrame({"group": ["a_b", "a_b", "c"], "text": texts, "number": [1200.0, 0.3, np.nan]}),
        columns=(Column("what & why", "text"), Column("share, %", "number", "number")),
    )
    lines = table.latex().splitlines()
    assert lines[0] == r"% needs \usepackage{booktabs}"
    assert [line for line in lines if line.endswith(r"\\")] == [
        r"what \& why & share, \% \\",
        r"\textit{a\_b} &  \\",
        r"50 \% \& more\_\{x\} & 1,200 \\",
        r"\textbackslash{}end\{table\} \textasciitilde{} \textasciicircum{} \# \$ & 0.3 \\",
        r"\textit{c} &  \\",
        r"\textless{}b\textgreater{} & - \\",
    ]
    assert [
        sum(rule in line for line in lines)
        for rule in (r"\toprule", r"\midrule", r"\bottomrule", r"\end{table}")
    ] == [1] * 4
