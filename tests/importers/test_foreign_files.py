"""Files of somebody else: no entity of XML, nothing that unpacks to more than is meant, no link, no program."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import CurbsimError
from sim.importers import from_edges, from_graph, generate
from sim.importers.graphs import read_graph
from sim.network.large import foreign_files
from sim.results.store import read_arrays

GRAPHS = {
    "net.graphml": (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
        '<node id="mine"/><node id="{}"/><edge source="mine" target="{}"/></graph></graphml>'
    ),
    "net.gexf": (
        '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2"><graph defaultedgetype="directed"><nodes>'
        '<node id="mine" label="mine"/><node id="{}" label="{}"/></nodes>'
        '<edges><edge id="0" source="mine" target="{}"/></edges></graph></gexf>'
    ),
}
LAUGH = '<!DOCTYPE a [<!ENTITY b "shop">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("bcdefghij", "cdefghijk", strict=True)
)
PROLOGS = {
    "billion laughs": (f"{LAUGH}]>", "&k;"),
    "another file": ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>', "&b;"),
    "parameters": ('<!DOCTYPE a [<!ENTITY % b SYSTEM "http://localhost/x.dtd"> %b;]>', "shop"),
    "a type elsewhere": ('<!DOCTYPE a SYSTEM "http://localhost/x.dtd">', "shop"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("kind", PROLOGS)
@pytest.mark.parametrize("name", GRAPHS)
def test_entities_of_xml_are_refused_before_they_are_read(
    name: str, kind: str, encoding: str, tmp_path: Path
) -> None:
    prolog, word = PROLOGS[kind]
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    (tmp_path / name).write_bytes((head + prolog + GRAPHS[name].replace("{}", word)).encode(encoding))
    with pytest.raises(CurbsimError, match="declares a document type, whose entities are not read"):
        read_graph(tmp_path / name)
    (tmp_path / name).write_bytes((head + GRAPHS[name].replace("{}", "shop")).encode(encoding))
    assert set(from_graph(read_graph(tmp_path / name)).document.facilities) == {"mine", "shop"}


def book(path: Path) -> Path:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.active.append(["supplier", "buyer"])
    made.active.append(["mine", "shop"])
    made.save(path)
    return path


def with_part(path: Path, part: str, old: str, new: str) -> None:
    """Change a part of an Excel file."""
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)


SHEET = "xl/worksheets/sheet1.xml"


def test_the_size_that_a_sheet_says_it_has_is_not_believed(tmp_path: Path) -> None:
    path = book(tmp_path / "edges.xlsx")
    with_part(path, SHEET, 'ref="A1:B2"', 'ref="A1:XFD1048576"')
    assert set(from_edges(path).document.facilities) == {"mine", "shop"}


@pytest.mark.parametrize(
    ("part", "old", "new", "words"),
    [
        (SHEET, '<row r="2"', '<row r="999999999"', "more than 1,048,576 rows"),
        (SHEET, "<worksheet", "<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet", "declares a document type"),
        ("[Content_Types].xml", "<Types", "<!DOCTYPE a [<!ENTITY b 'c'>]><Types", "declares a document type"),
        (SHEET, "</sheetData>", "</sheetData>" + " " * 201_000_000, "unpacks to 201 MB in "),
    ],
    ids=["a row far away", "entities", "entities of a list", "a zip bomb"],
)
def test_excel_files_that_unpack_to_too_much_are_told(
    part: str, old: str, new: str, words: str, tmp_path: Path
) -> None:
    path = book(tmp_path / "edges.xlsx")
    with_part(path, part, old, new)
    assert path.stat().st_size < 300_000
    with pytest.raises(CurbsimError, match=words):
        from_edges(path)


def test_cells_far_to_the_right_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_files, "MOST_SHEET_CELLS", 10_000)
    path = book(tmp_path / "edges.xlsx")
    with_part(path, SHEET, '<c r="B2"', '<c r="XFD2"')
    with pytest.raises(CurbsimError, match="10,000 cells; large tables are read as CSV or Parquet"):
        from_edges(path)


def test_parquet_that_repeats_one_long_text_takes_little_memory(tmp_path: Path) -> None:
    """A million times a million letters in 50 kB: the text is held once, then refused as a name."""
    texts = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000, np.int32)), pa.array(["x" * 1_000_000]))
    pq.write_table(pa.table({"supplier": texts, "buyer": texts}), tmp_path / "e.parquet", store_schema=False)
    frame = foreign_files.read_parquet(tmp_path / "e.parquet")
    assert frame["supplier"].iat[0] is frame["supplier"].iat[-1]


def test_parquet_with_more_cells_than_can_be_meant_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_files, "MOST_CELLS", 99)
    pd.DataFrame({"supplier": ["mine"] * 50, "buyer": "shop"}).to_parquet(tmp_path / "e.parquet")
    with pytest.raises(CurbsimError, match="it has 100 cells, more than 99; keep the columns"):
        from_edges(tmp_path / "e.parquet")


def test_a_folder_that_is_called_a_table_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "e.parquet").mkdir()
    with pytest.raises(CurbsimError, match="there is no such file"):
        from_edges(tmp_path / "e.parquet")


@pytest.mark.parametrize("save", [np.save, lambda file, array: np.savez(file, a=array)])
def test_arrays_that_hold_programs_are_refused(save: object, tmp_path: Path) -> None:
    """Of numpy's files those of numbers and texts are read; objects are pickles, which are programs."""
    path = tmp_path / "replications.npz"
    with path.open("wb") as file:
        save(file, np.array([print], dtype=object))  # type: ignore[operator]
    with pytest.raises(CurbsimError, match="cannot be read"):
        read_arrays(path)


def test_a_single_array_is_no_file_of_arrays(tmp_path: Path) -> None:
    path = tmp_path / "replications.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(CurbsimError, match="cannot be read"):
        read_arrays(path)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_edges([[1, 2]]), "edges takes a path or a DataFrame, not "),
        (lambda: from_graph([[1, 2]]), "graph takes a graph of networkx, not "),
        (lambda: from_edges(LINK, columns=3), "columns is 3; write headers by column"),
        (lambda: from_edges(LINK, columns={"supplier": 3}), "columns is {'supplier': 3}; write headers"),
        (lambda: from_edges(LINK, ignore="note"), "ignore is 'note'; write a list of headers"),
        (lambda: from_edges(LINK, unit=None), "unit is None; write a text"),
        (lambda: from_edges(LINK, foo=1), "unexpected keyword argument 'foo'; known are "),
        (lambda: from_edges(LINK.set_axis(["a", "a"], axis=1)), "the column 'a' is there twice; keep one"),
        (lambda: from_edges(LINK.assign(amount_per_day=10**400)), "edges:1:amount_per_day: 1000"),
        (lambda: from_edges(LINK.assign(amount_per_day=10**5000)), "edges:1:amount_per_day: 'a number with"),
        (lambda: from_edges(LINK.assign(amount_per_day=1j)), "edges:1:amount_per_day: '1j' is not a number"),
        (lambda: generate(10**400), "firms is "),
        (lambda: generate("x"), "firms is 'x'; write a whole number"),
        (lambda: generate(10, links_per_firm=10**400), "links_per_firm is "),
        (lambda: generate(10, foo=1), "unexpected keyword argument 'foo'; write for example generate"),
    ],
)
def test_other_arguments_than_an_importer_takes_are_told(call: object, words: str) -> None:
    with pytest.raises(CurbsimError) as error:
        call()  # type: ignore[operator]
    assert words in str(error.value)


LINK = pd.DataFrame({"supplier": ["mine"], "buyer": ["shop"]})
