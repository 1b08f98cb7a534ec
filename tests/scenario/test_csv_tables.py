"""CSV tables say the same as YAML, and their headers carry the units."""

from __future__ import annotations

import pathlib

import pytest

from sim.scenario import from_tree, load
from sim.scenario.csv_tables import parse_table, read_header
from sim.scenario.schema import document
from sim.scenario.yaml_files import to_yaml
from tests.worlds import chain

TABLES = {
    "firms": "id,title,country,role\nmaker,Maker,JP,supplier\nfab,Fab,KR,chipmaker\n",
    "facilities": "id,firm,country\nplant,maker,JP\nline,fab,KR\n",
    "processes": "facility,process,headroom_percent,finished_cover_days,cycle_time_days\n"
    "plant,acid,10,5,\nline,chip,5,,10\n",
    "inputs": "facility,process,material,per_unit_kg\nline,chip,acid,3\n",
    "stocks": "facility,material,cover_days,adjustment_days\nline,acid,30,7\n",
    "links": "id,from,to,material,share,lead_time_days,source\n"
    "acid/plant-line,plant,line,acid,1,7,estimate\n",
    "demand": "id,at,material,rate_wafer_per_month\nchip/line,line,chip,1000\n",
    "materials": "id,title,unit,group,shelf_life_days,price_usd_per_t\nacid,Acid,t,wet,120,1450\n",
    "sources": "id,title\nestimate,Illustrative\npress,Press reports\n",
}


def test_tables_say_the_same_as_yaml(tmp_path: pathlib.Path) -> None:
    whole = chain(refiner=False)
    rest = {key: whole[key] for key in ("format", "meta", "run", "regimes")}
    rest["meta"] = {"name": "chain", "title": "One chain"}
    rest["materials"] = {"chip": whole["materials"]["chip"]}
    (tmp_path / "world.yaml").write_text(to_yaml(rest), encoding="utf-8")
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    loaded = load(tmp_path)
    assert loaded.document == from_tree(whole).document
    assert loaded.hash == from_tree(whole).hash
    assert loaded.origin("links.acid/plant-line.lead_time").endswith("links.csv:2:lead_time_days")
    assert len(loaded.files) == 1 + len(TABLES)


@pytest.mark.parametrize(
    ("header", "model", "path", "unit"),
    [
        ("cover_days", document.Stock, ("cover",), "days"),
        ("headroom_percent", document.Process, ("headroom",), "%"),
        ("yield", document.Process, ("yield",), ""),
        ("capacity_wafer_per_month", document.Process, ("capacity",), "wafer/month"),
        ("price_usd_per_t", document.Material, ("price",), "USD/t"),
        ("per_unit_kg", document.Input, ("per_unit",), "kg"),
        ("initial_wafer", document.Process, ("initial",), "wafer"),
        ("stages.first.after_days", document.Link, ("stages", "first", "after"), "days"),
        ("stages.first.max_share", document.Link, ("stages", "first", "max_share"), ""),
        ("lead_time.low_days", document.Link, ("lead_time", "low"), "days"),
        ("finished_cover_weeks", document.Process, ("finished_cover",), "weeks"),
        ("share_source", document.Link, ("provenance", "share", "source"), ""),
        ("share_status", document.Link, ("provenance", "share", "status"), ""),
        ("overcapacity.time_days", document.Process, ("overcapacity", "time"), "days"),
    ],
)
def test_header_is_a_path_with_a_unit(header: str, model: type, path: tuple[str, ...], unit: str) -> None:
    column = read_header(header, model)
    assert (column.path, column.unit, column.known) == (path, unit, True)


@pytest.mark.parametrize(
    "header", ["cover_parsecs", "stages.first.after_month_days_x", "capacty_t_per_month", ""]
)
def test_unknown_header(header: str) -> None:
    assert not read_header(header, document.Stock).known


def test_empty_cell_is_not_given_and_flow_cells_are_yaml() -> None:
    text = 'id,share,lead_time,stages.first.after_days\nx,,"{low: 3 days, high: 5 days}",47\n\n'
    layer, problems = parse_table(text, "links.csv", "links")
    assert not problems
    expected = {"lead_time": {"low": "3 days", "high": "5 days"}, "stages": {"first": {"after": "47 days"}}}
    assert layer.tree == {"links": {"x": expected}}


def test_row_order_does_not_matter() -> None:
    one, _ = parse_table("id,country\na,JP\nb,KR\n", "firms.csv", "firms")
    two, _ = parse_table("id,country\nb,KR\na,JP\n", "firms.csv", "firms")
    assert one.tree == two.tree


def test_line_numbers_hold_when_cells_run_over_lines() -> None:
    text = 'id,title,country,role\na,"one\ntwo",JP,\nb,B,KR,\n'
    layer, _ = parse_table(text, "firms.csv", "firms")
    assert (layer.place(("firms", "a")).line, layer.place(("firms", "b")).line) == (2, 4)
