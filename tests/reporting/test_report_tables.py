"""Tables of the report: the same numbers as HTML, CSV, LaTeX and Stata; labels and units; the same bytes again."""

from __future__ import annotations

import html
import re
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim import report
from sim.reporting.input_tables import inputs
from sim.reporting.page import sections
from sim.reporting.table import EXACT, Table
from sim.results import codebook
from sim.results.numbers import number
from sim.results.result import Result
from sim.scenario.scenario import from_tree
from tests.worlds import cut_chain, one_plant


@pytest.fixture(scope="module")
def result() -> Result:
    tree = cut_chain(8)
    tree["meta"]["title"] = "A <b> & 100 % of hf_liquid"
    return sim.run(from_tree(tree), jobs=1, structure=True)


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("run")
    report.write(result, place, stata=True)
    return place


def tables(result: Result) -> list[Table]:
    return [table for part in sections(result) for table in part.tables]


def test_the_same_numbers_stand_in_every_form(result: Result, folder: Path) -> None:
    page = re.sub(r"</?(span|a)[^>]*>", "", html.unescape((folder / "report.html").read_text()))
    assert {"losses", "chances", "timing", "structure_ranges"} <= {table.name for table in tables(result)}
    for table in tables(result):
        file = folder / "report_tables" / table.name
        read = pd.read_csv(file.with_suffix(".csv"))
        stata = pd.read_stata(file.with_suffix(".dta"))
        for name in table.frame.select_dtypes("number"):
            shown = [number(float(x), EXACT) for x in table.frame[name]]
            assert [number(float(x), EXACT) for x in read[name]] == shown
            assert [number(float(x), EXACT) for x in stata[name]] == shown
        latex = re.sub(r"\\([&%$#_{}])", r"\1", file.with_suffix(".tex").read_text())
        texts = {text for row in table.rows for text in row}
        assert [text for text in texts if text not in page] == []
        assert [text for text in texts if "<" not in text and text not in latex] == []


def test_latex_is_escaped_and_ruled(folder: Path) -> None:
    latex = (folder / "report_tables" / "losses.tex").read_text()
    assert [latex.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]
    assert r"95 \% of replications" in latex
    assert not re.search(r"(?<!\\)%(?! needs)", latex)
    head = latex.split(r"\toprule")[1].split(r"\\")[0]
    form = re.search(r"\\begin\{tabular\}\{(.*)\}", latex)
    assert form and head.count("&") + 1 == len(
        re.sub(r"p\{[^}]*\}", "p", form[1]).replace("0.25\\linewidth}", "")
    )


def test_stata_files_carry_labels_with_units(result: Result, folder: Path) -> None:
    with pd.io.stata.StataReader(folder / "report_tables" / "losses.dta") as reader:
        labels = reader.variable_labels()
    assert (
        labels["gross_days"] == "Gross lost output in days of baseline output, mean over replications [days]"
    )
    assert labels["gross_value"] == "Gross lost output at base price, mean [million currency]"
    result.save(folder / "runs", formats=("dta",))
    (stocks,) = (folder / "runs").glob("*/tables/stocks.dta")
    with pd.io.stata.StataReader(stocks) as reader:
        assert reader.variable_labels()["cover"] == "Stock over baseline use [days]"


def test_labels_fit_and_keep_their_unit() -> None:
    for table, columns in codebook.COLUMNS.items():
        labels = codebook.labels(table)
        for column, (unit, _) in columns.items():
            assert len(labels[column]) <= 80
            assert len(column) <= 32
            assert labels[column].endswith(f"[{unit}]") or not unit


def test_the_page_is_whole_escaped_and_the_same_again(result: Result, folder: Path) -> None:
    page = folder / "report.html"
    first = page.read_bytes()
    report.write(result, folder, stata=True)
    assert page.read_bytes() == first
    text = first.decode()
    assert "A &lt;b&gt; &amp; 100" in text and "<b>" not in text
    assert '<html lang="en">' in text and "<script" not in text
    assert not re.search(r'(src|href)="(?!data:|#|https?://)', text)
    assert re.findall(r"<img(?![^>]*alt=)", text) == []
    assert re.findall(r"<th(?![^>]*scope=)[ >]", text) == []
    assert "Over all structures of the model the gross loss is" in text


def test_a_facility_may_be_called_source() -> None:
    assert "assumptions" in {table.name for table in inputs(from_tree(one_plant()))}


def test_template_and_style_come_with_the_package() -> None:
    home = resources.files("sim.reporting")
    assert (home / "page.html.jinja").is_file()
    assert (home / "page.css").is_file()
    assert (home / "table.html.jinja").is_file()
    assert (home / "table_notes.csv").is_file()
    assert (resources.files("sim.results") / "codebook.csv").is_file()


def test_what_the_answer_hinges_on_needs_enough_futures(
    result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.reporting import loss_tables

    row = {"factor": "a.cover", "title": "Cover", "share": 0.617, "low": 0.4, "high": 0.8}
    words = {
        "direction": "less",
        "range": "low 10",
        "status": "estimate",
        "source": "us",
        "grade": "estimate",
    }
    rest = {"grade": "press", "values": 3, "share": 0.249, "low": 0.11, "high": 0.4}
    frame = pd.DataFrame([row | words, row | words | {"factor": "noise", "low": -0.1}])
    tables = {"value": frame, "grade": pd.DataFrame([rest])}
    monkeypatch.setattr(loss_tables, "importance", lambda result, by="value": tables[by])
    assert loss_tables.hinges(result) == []  # eight replications are too few
    monkeypatch.setattr(loss_tables, "FEWEST_FOR_SHARES", 2)
    first, second = loss_tables.hinges(result)
    assert first.rows == [("a.cover", "Cover", "62", "40 to 80", *words.values())]
    assert second.rows == [("press", "3", "25", "11 to 40")]
    for table in (first, second):
        table.write(tmp_path, ("csv", "tex", "dta"))


def test_a_page_follows_no_link_and_shows_nothing_but_pictures(
    result: Result, folder: Path, tmp_path: Path
) -> None:
    secret, run = tmp_path / "secret", tmp_path / "run"
    secret.write_text("secret")
    (run / "figures").mkdir(parents=True)
    names = sorted(path.name for path in (folder / "figures").glob("*.png"))
    for name in (f"figures/{names[0]}", "report.html"):
        (run / name).symlink_to(secret)
    (run / "figures" / names[1]).write_text("secret, called a picture")
    (tmp_path / "tables").mkdir()
    (run / "report_tables").symlink_to(tmp_path / "tables")
    report.write(result, run)
    assert secret.read_text() == "secret" and not list((tmp_path / "tables").iterdir())
    assert not any(path.is_symlink() for path in run.rglob("*"))
    assert (run / "report.html").read_bytes() == (folder / "report.html").read_bytes()


def test_a_folder_of_figures_that_is_a_link_is_refused(result: Result, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "figures").symlink_to(tmp_path)
    with pytest.raises(sim.CurbsimError, match="figures: is a link; delete it"):
        report.write(result, run)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
