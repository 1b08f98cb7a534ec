"""Tables as users have them: given this file, this network (arrays) and this statement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import sim
from sim.cli.app import app
from sim.errors import CurbsimError, ScenarioError
from sim.importers import from_edges
from sim.network import Network, compile_network

AMOUNTS = "supplier,buyer,amount_per_day\nmine,mill,1234.5\nmill,yard,10.25\n"
EUROPEAN = "supplier;buyer;amount_per_day\nmine;mill;1.234,5\nmill;yard;10,25\n"
FORMS = {
    "comma": (AMOUNTS.encode(), ""),
    "byte order mark": (b"\xef\xbb\xbf" + AMOUNTS.encode(), ""),
    "semicolon": (AMOUNTS.replace(",", ";").encode(), "semicolon-separated"),
    "tab": (AMOUNTS.replace(",", "\t").encode(), "tab-separated"),
    "pipe": (AMOUNTS.replace(",", "|").encode(), "pipe-separated"),
    "decimal comma": (EUROPEAN.encode(), "semicolon-separated, thousands set off by points, decimal comma"),
    "a line that says so": (
        b"sep=;\r\n" + EUROPEAN.encode(),
        "semicolon-separated, thousands set off by points, decimal comma",
    ),
    "UTF-16": (
        EUROPEAN.encode("utf-16"),
        "semicolon-separated, UTF-16, thousands set off by points, decimal comma",
    ),
    "thousands": (AMOUNTS.replace("1234.5", '"1,234.5"').encode(), "thousands set off by commas"),
    "blank lines": (("\n" + AMOUNTS.replace("mill,yard", "\nmill,yard") + "\n\n").encode(), ""),
    "trailing commas": (AMOUNTS.replace("day\n", "day,\n").replace("5\n", "5,\n").encode(), ""),
    "capitals and blanks": (AMOUNTS.replace("supplier,buyer", "Supplier ,BUYER").encode(), ""),
}


def network(world: sim.Scenario) -> Network:
    return compile_network(world.document)


def said(world: sim.Scenario) -> dict[str, str]:
    return world.document.meta.assumptions


def mistakes(*given: object, **options: object) -> str:
    with pytest.raises(CurbsimError) as error:
        from_edges(*given, **options)  # type: ignore[arg-type]
    return str(error.value)


@pytest.mark.parametrize("form", FORMS)
def test_one_network_in_every_form_of_csv(form: str, tmp_path: Path) -> None:
    data, words = FORMS[form]
    path = tmp_path / "edges.csv"
    path.write_bytes(data)
    world = from_edges(path)
    assert network(world).arrays.base_flow.tolist() == [1234.5, 10.25]
    assert said(world).get("files", "") == (f"edges.csv was read as {words}." if words else "")


def test_letters_of_windows_are_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "edges.csv"
    path.write_bytes("supplier,buyer\nMüller,Gruß\n".encode("cp1252"))
    world = from_edges(path)
    assert network(world).links == ("goods/Müller-Gruß",)
    assert said(world)["files"] == "edges.csv was read as encoding Windows-1252 (Latin-1)."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "supplier;buyer;amount_per_day\na;b;1.234\n",
            ":1: '1.234' has a decimal sign, or thousands set off",
        ),
        (
            "supplier\tbuyer\tamount_per_day\na\tb\t1.234\n",
            ":1: '1.234' has a decimal sign, or thousands set off",
        ),
        ('supplier,buyer,amount_per_day\na,b,"1,234"\n', ":1: '1,234' has a decimal sign, or thousands"),
        (
            "supplier;buyer;amount_per_day\na;b;1.5\nb;c;2,5\n",
            ":1: '1.5' has a decimal point and '2,5' a decimal comma; write all numbers with one of them",
        ),
        ("supplier,buyer\na,b,c\n", ":2: the row has 3 cells, the header has 2"),
        ("supplier,buyer,buyer\na,b,c\n", ":1: the column 'buyer' is there twice"),
        ("supplier,Buyer,buyer \na,b,c\n", ": the columns 'Buyer' and 'buyer ' are both buyer; keep one"),
        ("\n", ":1: the table is empty"),
        ("supplier,buyer,amount_per_day\na,b,12.34.5\n", ":2:amount_per_day: '12.34.5' is not a number"),
        ("supplier,buyer\na,b\n,c\n", ":3:supplier: the supplier is empty"),
        ("supplier,buyer,share\na,b,1\n\n\nb,c,7\n", ":5:share: 7 is out of bounds; write 0 to 1"),
        (
            "node1,node2\na,b\n",
            ":1:node1: unknown column 'node1'; did you mean 'supplier'? write --map supplier=no",
        ),
        ("who,whom\na,b\n", ":1:buyer: the column 'buyer' is missing; add it, or write --map buyer=HEADER"),
        (
            'supplier,buyer,"value, USD"\na,b,5\n',
            "column 'value, USD'; did you mean 'amount_per_day' (or amount_per_y",
        ),
        ("supplier,buyer,value\na,b,5\n", "(or amount_per_year)? write --map amount_per_day=value"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "edges.csv"
    path.write_text(text, encoding="utf-8")
    assert words in mistakes(path).replace(str(path), "")


def test_a_number_that_can_be_read_in_two_ways_is_read_as_the_user_says(tmp_path: Path) -> None:
    path = tmp_path / "edges.csv"
    path.write_text("supplier;buyer;amount_per_day\na;b;1.234\n", encoding="utf-8")
    for decimal, amount in ((",", 1234.0), (".", 1.234)):
        assert network(from_edges(path, decimal=decimal)).arrays.base_flow.tolist() == [amount]
    assert mistakes(path, decimal="x") == "decimal is 'x'; write ',' or '.'"


def test_a_text_of_excel_that_can_be_read_in_two_ways_is_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["supplier", "buyer", "amount_per_day"], ["a", "b", "1.234"]):
        book.active.append(row)
    book.save(tmp_path / "edges.xlsx")
    assert "'1.234' has a decimal sign, or thousands set off" in mistakes(tmp_path / "edges.xlsx")
    assert network(from_edges(tmp_path / "edges.xlsx", decimal=",")).arrays.base_flow.tolist() == [1234.0]


def test_a_device_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").symlink_to("/dev/zero")
    assert mistakes(tmp_path / "edges.csv").endswith(
        "edges.csv: this is not a table (it is a device, not a file); write a CSV, Excel (.xlsx) or Parquet file"
    )


def test_kinds_of_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert "old.xls: this kind of file is not read; save it as .xlsx or as CSV" in mistakes(
        tmp_path / "old.xls"
    )
    (tmp_path / "zip.csv").write_bytes(b"PK\0\0\0")
    assert "this is no text (it holds zero bytes)" in mistakes(tmp_path / "zip.csv")


def test_codes_keep_their_zeros_in_csv_and_in_excel(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("supplier,buyer,material\n01,3,010121\n1,3,270900\n", encoding="utf-8")
    assert network(from_edges(tmp_path / "e.csv")).links == ("010121/01-3", "270900/1-3")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["supplier", "buyer", "material"], ["farm", 7, 10121], ["well", 7, "010122"]):
        book.active.append(row)
    book.active["C2"].number_format = "000000"
    book.save(tmp_path / "e.xlsx")
    assert network(from_edges(tmp_path / "e.xlsx")).links == ("010121/farm-7", "010122/well-7")


def test_codes_in_columns_of_floats_are_whole_numbers() -> None:
    edges = pd.DataFrame({"supplier": [1, 2], "buyer": [3, 3]})
    firms = pd.DataFrame(
        {"id": [1.0, 2.0, 3.0], "country": "JP", "material": [10.0, 20.0, 5.0], "firm": [7.0, np.nan, 8.0]}
    )
    document = from_edges(edges, firms).document
    assert sorted(document.links) == ["10/1-3", "20/2-3"]
    assert [document.facilities[name].firm for name in "123"] == ["7", "2", "8"]


def test_a_list_from_excel_in_europe_is_imported_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commands: an Excel file with a sheet of firms, three letters for countries, a map of columns."""
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    links = book.active
    assert links is not None
    links.title = "Lieferungen"
    for row in (
        ["Lieferant", "Abnehmer", "Menge", "Notiz"],
        ["Mine", "Werk ", "2,5", "x"],
        ["Werk", "Bau", 1, ""],
    ):
        links.append(row)
    firms = book.create_sheet("Firms")
    for row in (
        ["ID", "Country", "Material"],
        ["Mine", "CHL", "ore"],
        ["Werk", "Germany", "steel"],
        ["Bau", 528, "car"],
    ):
        firms.append(row)
    book.save("list.xlsx")
    maps = ["--map", "supplier=Lieferant", "--map", "buyer=Abnehmer", "--map", "amount_per_day=Menge"]
    runner = CliRunner()
    made = runner.invoke(app, ["import", "list.xlsx", *maps, "--unit", "EUR", "--out", "europe"])
    assert made.exit_code == 0, made.output
    for line in (
        "assumed, columns: list.xlsx: 'Lieferant' as supplier, 'Abnehmer' as buyer, 'Menge' as amount_per_day.",
        "assumed, ignored: list.xlsx: not used: Notiz.",
        "assumed, countries: Read as ISO 3166: 'CHL' as CL, 'Germany' as DE, '528' as NL.",
        "assumed, names: Written otherwise: 'Werk ' as 'Werk'.",
        "assumed, prices: Flows in EUR are values at base prices: one is worth 1 EUR.",
        "those without a buyer (Bau) sell as much as they buy in all to final users.",
        "(at most 2.5, of ore by Werk)",
        "world folder: europe",
    ):
        assert line in made.output, made.output
    document = sim.load("europe").document
    assert {name: place.country for name, place in document.facilities.items()} == {
        "Mine": "CL", "Werk": "DE", "Bau": "NL",
    }  # fmt: skip
    assert compile_network(document).arrays.base_flow.tolist() == [1.0, 2.5]
    checked = runner.invoke(app, ["check", "--network", "europe"])
    assert checked.exit_code == 0 and "assumed, ignored: list.xlsx: not used: Notiz." in checked.output
    ran = runner.invoke(app, ["run", "europe", "--jobs", "1"])
    assert ran.exit_code == 0 and "assumed, ignored: list.xlsx: not used: Notiz." in ran.output
    page = next(Path("runs").glob("europe-*/report.html")).read_text(encoding="utf-8")
    assert "list.xlsx: not used: Notiz." in page


def test_a_failed_import_leaves_nothing_and_touches_nothing(tmp_path: Path) -> None:
    firms = pd.DataFrame(
        {"id": ["a", "b"], "country": "JP", "material": ["x", "y"], "final_demand_per_day": 1.0}
    )
    circle = pd.DataFrame({"supplier": ["a", "b"], "buyer": ["b", "a"]})
    assert "the loop a/x -> b/y -> a/x uses 1 per unit that it makes, so no baseline exists" in mistakes(
        circle, firms, out=tmp_path / "w"
    )
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("kept")
    edges = pd.DataFrame({"supplier": ["a"], "buyer": ["b"]})
    assert "there is such a folder already" in mistakes(edges, out=tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "kept"
    with pytest.raises(ScenarioError, match="last day|after its start"):
        from_edges(edges, out=tmp_path / "late", start="2020-01-01", end="2019-01-01")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]
