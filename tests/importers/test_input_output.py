"""Input-output tables: the baseline is row sums of Z and Y, sectors that do nothing are idle, money is money."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import CurbsimError
from sim.importers import from_input_output
from sim.importers.input_output import read_saved_table
from sim.network import compile_network

NUMBER = 40


def table(
    flows: Any, final: Any, sectors: list[str], unit: Any = None, regions: tuple[str, ...] = ("KR",)
) -> Any:
    index = pd.MultiIndex.from_product([regions, sectors], names=["region", "sector"])
    made = SimpleNamespace(
        Z=pd.DataFrame(np.array(flows, dtype=float), index=index, columns=index),
        Y=pd.DataFrame(np.array(final, dtype=float).reshape(len(index), -1), index=index),
    )
    if unit is not None:
        made.unit = pd.DataFrame({"unit": unit}, index=index)
    return made


def output(world: sim.Scenario) -> list[float]:
    network = compile_network(world.document)
    return (network.arrays.base_starts * 365.0).round(9).tolist()


def mistakes(given: Any, **options: Any) -> str:
    with pytest.raises(CurbsimError) as error:
        from_input_output(given, **options)
    return str(error.value)


def test_a_sector_that_sells_nothing_leaves_all_others_as_they_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    flows, final = rng.uniform(1.0, 10.0, (NUMBER, NUMBER)), rng.uniform(100.0, 900.0, NUMBER)
    np.fill_diagonal(flows, 0.0)
    flows[9, :], final[9] = 0.0, 0.0
    world = from_input_output(table(flows, final, [f"s{i:02d}" for i in range(NUMBER)]), out=tmp_path / "w")
    assert world.document.network is not None  # 1,521 links stay in tables
    made = sim.run(world, replications=1, jobs=1).table("production")
    base = made.groupby("process", observed=True)["baseline_output"].mean().to_numpy() * 365.0
    np.testing.assert_allclose(base, flows.sum(axis=1) + final, rtol=1e-12)
    assert "KR_s09 buy" in world.document.meta.assumptions["buyers_only"]


def test_a_sector_of_zeros_is_idle_and_runs() -> None:
    world = from_input_output(table([[0, 20, 0], [10, 0, 0], [0, 0, 0]], [80, 90, 0], ["A", "B", "C"]))
    assert output(world) == [100.0, 100.0, 0.0]
    assert sim.run(world, replications=1, jobs=1).headline().empty
    assert world.document.meta.assumptions["idle"].endswith("idle: KR_C.")


def test_rows_and_columns_in_another_order_are_brought_together() -> None:
    given = table([[0, 20], [10, 0]], [80, 90], ["A", "B"])
    given.Z, given.Y = given.Z[given.Z.columns[::-1]], given.Y.iloc[::-1]
    assert output(from_input_output(given)) == [100.0, 100.0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            table([[0, 20, 0], [10, 0, 5], [0, 0, 0]], [[80, 0], [90, -120], [365, 0]], ["A", "B", "C"]),
            "final demand for KR B is -30 a year; leave out the columns of stock changes or imports (1 -120)",
        ),
        (table([[0, np.nan], [10, 0]], [80, 90], ["A", "B"]), "the flow from KR A to KR B is empty; write a number"),
        (table([[0, -7], [10, 0]], [80, 90], ["A", "B"]), "the flow from KR A to KR B is -7 a year; write 0 or more"),
        (table([[0, 7], [10, 0]], [[80, np.nan], [90, 0]], ["A", "B"]), "final demand for KR A in the column 1 is empty"),
        (table([[0, 7], [10, 0]], [80, 90], ["A", "A"]), "KR A is there twice in Z"),
        (table([[0, 7], [10, 0]], [80, 90], ["A B", "A_B"]), "KR A B and KR A_B would both be called KR_A_B"),
        (table([[0, 7], [10, 0]], [0, 0], ["A", "B"]), "final demand Y is 0 in all sectors"),
        (table([[0, 7], [10, 0]], [80, 90], ["A", "B"], ["M.EUR", "USD"]), "flows are in EUR and USD; write one"),
        (
            table([[0, 20, 0], [20, 0, 0], [0, 0, 0]], [0, 0, 5], ["A", "B", "C"]),
            "the loop KR_A/A -> KR_B/B -> KR_A/A uses 1 per unit that it makes",
        ),
        (SimpleNamespace(Z=pd.DataFrame([[0, 1], [1, 0]]), Y=pd.DataFrame([1, 2])), "are not (region, sector)"),
    ],
)  # fmt: skip
def test_mistakes_name_region_sector_and_amount(given: Any, words: str) -> None:
    assert words in mistakes(given)


def test_negative_parts_of_final_demand_are_said() -> None:
    world = from_input_output(table([[0, 20], [10, 0]], [[80, -5], [90, 0]], ["A", "B"]))
    assert output(world) == [95.0, 100.0]
    assert world.document.meta.assumptions["final_demand"].endswith("negative ones too: KR A -5 (1).")


@pytest.mark.parametrize(
    ("unit", "worth"), [(None, 1.0), ("EUR", 1.0), ("M.EUR", 1e6), ("Mill USD", 1e6), ("k EUR", 1e3)]
)
def test_flows_in_money_have_its_price(unit: str | None, worth: float) -> None:
    world = from_input_output(table([[0, 36.5], [0, 0]], [0, 365], ["A", "B"], unit))
    assert world.document.meta.currency == (unit or "USD")[-3:]
    outage = {
        "kind": "outage",
        "date": "2019-03-01",
        "duration": "10 days",
        "remaining": "0 %",
        "source": "estimate",
    }
    run = sim.run(
        world.with_({"events.s": {**outage, "select": {"facility": "KR_B"}}}), replications=1, jobs=1
    )
    lost = run.headline().set_index("who")["lost_value"].to_dict()
    assert lost == pytest.approx({"KR_B/B": 10.0 * worth, "KR_A/A": 1.0 * worth})


def test_what_is_no_money_has_no_price() -> None:
    world = from_input_output(table([[0, 36.5], [0, 0]], [0, 365], ["A", "B"], "1000 t"))
    assert world.document.materials["A"].unit == "unit_1000_t" and world.document.materials["A"].price is None
    assert "have no price" in world.document.meta.assumptions["prices"]


def test_regions_are_read_as_countries() -> None:
    flows = [[0, 5, 0], [5, 0, 5], [5, 5, 0]]
    given = table(flows, [80, 90, 10], ["A"], regions=("KOR", "410", "Rest of world"))
    assert "regions that are no country codes: Rest of world" in mistakes(given)
    world = from_input_output(given, countries={"Rest of world": "ZZ"})
    assert [place.country for place in world.document.facilities.values()] == ["KR", "KR", "ZZ"]
    assert world.document.meta.assumptions["regions"].endswith("ISO 3166: ZZ.")
    assert "there is no region CHN; the regions are 410, KOR, Rest of world" in mistakes(
        given, countries={"CHN": "CN"}
    )


class Code:
    """A program in a pickle."""

    def __reduce__(self) -> Any:
        return os.mkdir, ("ran",)


def test_a_saved_table_is_read_and_runs_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pymrio = pytest.importorskip("pymrio")
    monkeypatch.chdir(tmp_path)
    pymrio.load_test().save_all(tmp_path / "saved")
    read = read_saved_table(tmp_path / "saved")
    assert read.Z.to_numpy().tolist() == pymrio.load_test().Z.to_numpy().tolist()
    assert list(read.Z.index) == list(pymrio.load_test().Z.index) and set(read.unit["unit"]) == {"Mill USD"}
    file = tmp_path / "saved" / "file_parameters.json"
    told = json.loads(file.read_text())
    (tmp_path / "saved" / "link.txt").symlink_to(tmp_path / "saved" / "Z.txt")
    (tmp_path / "saved" / "folder.parquet").mkdir()
    os.mkfifo(tmp_path / "saved" / "pipe.txt")
    for name, words in (
        ("Z.pkl", "may hold a program"),
        ("../Z.txt", "outside the folder"),
        ("none.txt", "there is no such file"),
        ("..", "may hold a program"),
        ("", "may hold a program"),
        ("/etc/passwd.txt", "outside the folder"),
        ("sub/Z.txt", "outside the folder"),
        ("..\\Z.txt", "outside the folder"),
        ("link.txt", "a link"),
        ("folder.parquet", "there is no such file"),
        ("pipe.txt", "there is no such file"),
        ("Z\0.txt", "there is no such file"),
        *(
            (f"Z.{ending}", "may hold a program")
            for ending in ("PKL", "pickle", "npz", "npy", "zip", "txt.gz")
        ),
    ):
        told["files"]["Z"]["name"] = name
        file.write_text(json.dumps(told))
        (tmp_path / "saved" / "Z.pkl").write_bytes(pickle.dumps(Code()))
        with pytest.raises(CurbsimError, match=words):
            read_saved_table(tmp_path / "saved")
    assert not (tmp_path / "ran").exists()
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(CurbsimError, match="it is a link, which is not followed"):
        read_saved_table(tmp_path / "saved")
    with pytest.raises(CurbsimError, match="this is no table of pymrio"):
        read_saved_table(tmp_path)


def test_a_table_that_is_saved_as_parquet_is_read(tmp_path: Path) -> None:
    pymrio = pytest.importorskip("pymrio")
    pymrio.load_test().save_all(tmp_path / "saved", table_format="parquet")
    read = read_saved_table(tmp_path / "saved")
    assert read.Z.to_numpy().tolist() == pymrio.load_test().Z.to_numpy().tolist()
    assert list(read.Z.index) == list(pymrio.load_test().Z.index) and set(read.unit["unit"]) == {"Mill USD"}


@pytest.mark.parametrize("given", [[[1, 2]], None, "table", pd.DataFrame([[1]])])
def test_what_is_no_table_of_pymrio_is_told(given: Any) -> None:
    assert "table takes an IOSystem of pymrio with Z and Y, not " in mistakes(given)


@pytest.mark.parametrize("cell", [10**400, 1j, [1], "1e400"])
def test_cells_without_a_number_are_told_with_both_sectors(cell: Any) -> None:
    given = table([[0, 1], [1, 0]], [1, 1], ["A", "B"])
    given.Z = given.Z.astype(object)
    given.Z.iat[0, 1] = cell
    assert "the flow from KR A to KR B is " in mistakes(given)
    given = table([[0, 1], [1, 0]], [1, 1], ["A", "B"])
    given.Y = given.Y.astype(object)
    given.Y.iat[1, 0] = cell
    assert "final demand for KR B in the column 0 is " in mistakes(given)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nam": "a"}, "from_input_output: unexpected keyword argument 'nam'; did you mean name=?"),
        ({"out": 3}, "out is 3; write the folder of the world"),
        ({"unit": 3}, "unit is 3; write a text, such as 'M.EUR'"),
        ({"countries": ["KR"]}, "countries is ['KR']; write a country for each region"),
    ],
)
def test_options_of_another_kind_are_told(options: dict[str, Any], words: str) -> None:
    assert words in mistakes(table([[0, 1], [1, 0]], [1, 1], ["A", "B"]), **options)
