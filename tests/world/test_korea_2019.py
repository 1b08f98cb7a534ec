"""The world korea_2019 against the figures it was built from: flows, shares, rows, sources and ranges.

The baseline is solved here from the plain tables with numpy, apart from the package; a last test
compares the two. Run with `pytest -s` to see the table of residuals.
"""

from __future__ import annotations

import csv
import datetime
import fnmatch
import functools
import math
import pathlib
from collections import Counter, defaultdict

import numpy as np
import pytest
from ruamel.yaml import YAML

HERE = pathlib.Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"
WORLD = SCENARIOS / "korea_2019"
FILES = ("curbs_2019", "embargo_hf", "shortage_30", "hf_quota_steps")
MONTH = 365.0 / 12.0
KRW_PER_USD = 1165.65
MASS = {"t": 1.0, "kg": 1e-3, "g": 1e-6}
TABLES = ("firms", "facilities", "materials", "processes", "inputs", "stocks", "links", "demand", "uncertain")
# Tables whose numbers carry a status, with the path of an entry and its numeric columns
NUMBERS = {
    "materials": ("materials.{id}", ("price", "shelf_life_days")),
    "processes": (
        "facilities.{facility}.makes.{process}",
        (
            "capacity", "headroom_percent", "cycle_time_days", "yield", "finished_cover_days",
            "finished_adjustment_days", "initial",
        ),
    ),
    "inputs": ("facilities.{facility}.makes.{process}.inputs.{material}", ("per_unit", "criticality")),
    "stocks": ("facilities.{facility}.stocks.{material}", ("cover_days", "adjustment_days")),
    "links": (
        "links.{id}",
        (
            "share", "lead_time_days", "max_share", "stages.first.after_days", "stages.first.max_share",
            "stages.most.after_days", "stages.most.max_share", "stages.full.after_days",
            "stages.full.max_share",
        ),
    ),
    "demand": ("demand.{id}", ("rate",)),
}  # fmt: skip


def rows(path: pathlib.Path) -> list[dict[str, str]]:
    """Read a table as it is."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def table(name: str) -> list[dict[str, str]]:
    """Return a table of the world."""
    return rows(WORLD / f"{name}.csv")


def yaml(name: str) -> dict:
    """Read a scenario file as plain YAML."""
    return YAML(typ="safe").load((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8"))


def amount(text: str, unit: str) -> float:
    """Return the number of `2.6 kg` in the unit of its material."""
    value, written = text.split()
    return float(value) * (MASS[written] / MASS[unit] if unit in MASS else 1.0)


class Baseline:
    """Monthly flows that meet final demand, from the tables alone."""

    def __init__(self) -> None:
        self.country = {f["id"]: f["country"] for f in table("facilities")}
        self.unit = {m["id"]: m["unit"] for m in table("materials")}
        self.price = {m["id"]: float(m["price"].split()[0]) for m in table("materials")}
        names = [(p["facility"], p["process"]) for p in table("processes")]
        index = {name: i for i, name in enumerate(names)}
        yields = {n: float(p["yield"] or 1) for n, p in zip(names, table("processes"), strict=True)}
        self.links = table("links")
        users = defaultdict(list)  # stock: (process, amount per good unit)
        for row in table("inputs"):
            process = (row["facility"], row["process"])
            per_good = amount(row["per_unit"], self.unit[row["material"]]) / yields[process]
            users[row["facility"], row["material"]].append((index[process], per_good))
        matrix = np.eye(len(names))
        for link in self.links:
            supplier = index[link["from"], link["process"] or link["material"]]
            for user, per_good in users[link["to"], link["material"]]:
                matrix[supplier, user] -= float(link["share"]) * per_good
        final = np.zeros(len(names))
        for row in table("demand"):
            value, unit = row["rate"].split()
            assert unit == f"{self.unit[row['material']]}/month"
            final[index[row["at"], row["process"] or row["material"]]] += float(value)
        output = np.linalg.solve(matrix, final)
        self.output = dict(zip(names, output.tolist(), strict=True))
        self.starts = {name: self.output[name] / yields[name] for name in names}
        self.need = {
            stock: sum(output[user] * per_good for user, per_good in entries)
            for stock, entries in users.items()
        }
        self.flow = {
            row["id"]: float(row["share"]) * self.need[row["to"], row["material"]] for row in self.links
        }

    def total(
        self,
        materials: str,
        source: str = "*",
        target: str = "*",
        *,
        value: bool = False,
        abroad: bool = False,
        to: str = "*",
        supplier: str = "*",
    ) -> float:
        """Add up flows by pattern, in units or (value) in USD; `abroad` keeps those that cross a border."""
        found = 0.0
        for link in self.links:
            origin, goal = self.country[link["from"]], self.country[link["to"]]
            if (
                any(fnmatch.fnmatchcase(link["material"], m) for m in materials.split())
                and fnmatch.fnmatchcase(origin, source)
                and fnmatch.fnmatchcase(goal, target)
                and any(fnmatch.fnmatchcase(link["to"], t) for t in to.split())
                and fnmatch.fnmatchcase(link["from"], supplier)
                and not (abroad and origin == goal)
            ):
                found += self.flow[link["id"]] * (self.price[link["material"]] if value else 1.0)
        return found

    def origin(self, buyer: str, country: str) -> float:
        """Return the part of the liquid HF of a buyer that comes from a country, resale seen through."""
        found = 0.0
        for link in self.links:
            if link["to"] == buyer and link["material"] == "hf_liquid":
                part = float(link["share"])
                if link["process"] == "resale":
                    part *= self.origin(link["from"], country)
                elif self.country[link["from"]] != country:
                    part = 0.0
                found += part
        return found


@functools.cache
def baseline() -> Baseline:
    """Return the solved baseline, once."""
    return Baseline()


CHIPS = "samsung_memory samsung_foundry skhynix_korea"
DISPLAYS = "samsung_display lg_display"


def in_world() -> dict[str, float]:
    """Return what the world says about every fact."""
    b = baseline()
    hf = "hf_liquid hf_gas ahf"
    into, japan = b.total(hf, "*", "KR", value=True, abroad=True), b.total(hf, "JP", "KR", value=True)
    resist = b.total("resist_*", "*", "KR", value=True, abroad=True)
    film = b.total("fpi pi_film", "*", "KR", value=True, abroad=True)
    chips, displays = b.total("hf_liquid", to=CHIPS), b.total("hf_liquid", to=DISPLAYS)
    morita = b.total("hf_liquid", supplier="morita_osaka", target="KR")
    dram = sum(v for (_, process), v in b.output.items() if process == "dram")
    nand = sum(v for (_, process), v in b.output.items() if process == "nand")
    phone = sum(v for (_, process), v in b.output.items() if process == "oled_small")
    sets = sum(v for (_, process), v in b.output.items() if process == "tv")
    memory = b.output["samsung_memory", "dram"] * b.price["dram"]
    memory += (b.output["samsung_memory", "nand"] + b.output["samsung_xian", "nand"]) * b.price["nand"]
    rush = [e for name, e in yaml("curbs_2019")["events"].items() if name in ("rush_stella", "rush_morita")]
    usual = b.total("hf_liquid", "JP", "KR") / MONTH
    july = 3 * usual + sum(float(e["amount"].split()[0]) for e in rush) * chips / MONTH
    return {
        "hf_liquid_japan_korea": b.total("hf_liquid", "JP", "KR"),
        "hf_gas_japan_korea": b.total("hf_gas", "JP", "KR"),
        "hf_imports_korea": into / 1e6,
        "hf_imports_japan": japan / 1e6,
        "hf_share_japan": 100 * japan / into,
        "hf_share_china": 100 * b.total(hf, "CN", "KR", value=True) / into,
        "hf_share_korea_of_japan": 100 * japan / b.total(hf, "JP", value=True, abroad=True),
        "hf_japan_elsewhere": b.total("hf_liquid", "JP", "[!K]*", abroad=True),
        "hf_display_share": 100 * displays / (chips + displays),
        "hf_chip_japan_samsung": 100 * b.origin("samsung_memory", "JP"),
        "hf_chip_japan_skhynix": 100 * b.origin("skhynix_korea", "JP"),
        "stella_share": 100
        * b.total("hf_liquid", supplier="stella_osaka", to=CHIPS)
        / b.output["stella_osaka", "hf_liquid"],
        "morita_share": 100 * morita / (chips + displays),
        "resist_imports_japan": b.total("resist_*", "JP", "KR", value=True) / 1e6,
        "resist_share_japan": 100 * b.total("resist_*", "JP", "KR", value=True) / resist,
        "resist_tonnes_japan": b.total("resist_*", "JP", "KR"),
        "fpi_imports_japan": b.total("fpi pi_film", "JP", "KR", value=True) / 1e6,
        "fpi_share_japan": 100 * b.total("fpi pi_film", "JP", "KR", value=True) / film,
        "dram_samsung_korea": b.starts["samsung_memory", "dram"] / 1e3,
        "nand_samsung_korea": b.starts["samsung_memory", "nand"] / 1e3,
        "dram_skhynix_korea": b.starts["skhynix_korea", "dram"] / 1e3,
        "nand_skhynix_korea": b.starts["skhynix_korea", "nand"] / 1e3,
        "dram_skhynix_wuxi": b.starts["skhynix_wuxi", "dram"] / 1e3,
        "nand_samsung_xian": b.starts["samsung_xian", "nand"] / 1e3,
        "logic_samsung": b.starts["samsung_foundry", "logic"] / 1e3,
        "dram_share_samsung": 100 * b.output["samsung_memory", "dram"] / dram,
        "dram_share_skhynix": 100
        * (b.output["skhynix_korea", "dram"] + b.output["skhynix_wuxi", "dram"])
        / dram,
        "nand_share_samsung": 100
        * (b.output["samsung_memory", "nand"] + b.output["samsung_xian", "nand"])
        / nand,
        "oled_samsung": b.output["samsung_display", "oled_small"] * 12 / 1e6,
        "oled_boe": b.output["boe_chengdu", "oled_small"] * 12 / 1e6,
        "oled_share_samsung": 100 * b.output["samsung_display", "oled_small"] / phone,
        "oled_tv_sets": sets * 12 / 1e3,
        "dram_sales": dram * b.price["dram"] / 1e9,
        "memory_sales_samsung": memory * 12 * KRW_PER_USD / 1e12,
        "hf_july_days": july,
    }


def cases() -> list[dict[str, str]]:
    """Return the facts."""
    return rows(HERE / "facts.csv")


@pytest.mark.parametrize("fact", cases(), ids=lambda fact: fact["id"])
def test_world_agrees_with_fact(fact: dict[str, str]) -> None:
    """Each fact is met within its tolerance."""
    value, world = float(fact["value"]), in_world()[fact["id"]]
    assert abs(world / value - 1) * 100 <= float(fact["tolerance_percent"]), (fact["title"], value, world)


def test_residuals_are_printed() -> None:
    """Print facts, values of the world and residuals, and counts of values by status."""
    world = in_world()
    assert set(world) == {fact["id"] for fact in cases()}
    print(f"\n{'fact':<58}{'unit':<24}{'facts':>10}{'world':>12}{'residual %':>12}")
    for fact in cases():
        value = float(fact["value"])
        residual = 100 * (world[fact["id"]] / value - 1)
        print(
            f"{fact['title']:<58}{fact['unit']:<24}{value:>10.4g}{world[fact['id']]:>12.4g}{residual:>12.2f}"
        )
    counts = Counter((name, status) for name, _, status in values())
    for name in NUMBERS:
        shown = ", ".join(f"{s} {counts[name, s]}" for s in ("sourced", "recalled", "estimate"))
        print(f"{name:<12}{shown}")


def test_every_row_of_the_facts_is_in_the_world() -> None:
    """52 sites and 174 supplier-buyer rows each have an entry, and nothing in the map is missing."""
    mapped = rows(HERE / "rows.csv")
    nodes = [row for row in mapped if row["kind"] == "node"]
    links = [row for row in mapped if row["kind"] == "link"]
    assert len({row["supplier"] for row in nodes}) == len(nodes) == 52
    keys = {(r["supplier"], r["buyer"], r["material"], r["link_type"]) for r in links}
    assert len(keys) == len(links) == 174
    facilities = {row["id"] for row in table("facilities")}
    ids = {row["id"] for row in table("links")}
    assert all(row["world_ids"] for row in mapped)
    assert {i for row in nodes for i in row["world_ids"].split()} <= facilities
    assert {i for row in links for i in row["world_ids"].split()} <= ids


def test_every_facility_makes_or_uses_something() -> None:
    """No site stands idle without a link or a demand."""
    used = {row[end] for row in table("links") for end in ("from", "to")}
    used |= {row["at"] for row in table("demand")}
    assert {row["id"] for row in table("facilities")} == used
    assert {row["facility"] for row in table("processes")} == used


def test_shares_of_each_stock_sum_to_one() -> None:
    """The shares of a stock add up, and stocks, inputs and links name the same things."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for link in table("links"):
        sums[link["to"], link["material"]] += float(link["share"])
    assert all(abs(total - 1) < 1e-9 for total in sums.values())
    assert set(sums) == {(s["facility"], s["material"]) for s in table("stocks")}
    assert set(sums) == {(i["facility"], i["material"]) for i in table("inputs")}


def test_links_can_carry_their_baseline() -> None:
    """A bound is not below the baseline share, alternatives start at 0, and stages only rise."""
    for link in table("links"):
        share = float(link["share"])
        bound = math.inf if not link["max_share"] else float(link["max_share"])
        stages = [
            (float(link[f"stages.{n}.after_days"]), float(link[f"stages.{n}.max_share"]))
            for n in ("first", "most", "full")
            if link[f"stages.{n}.after_days"]
        ]
        assert bound >= share, link["id"]
        if share == 0:
            assert bound == 0, link["id"]
            assert stages, link["id"]
        if stages:
            levels = [bound, *(level for _, level in stages)]
            assert levels == sorted(levels), link["id"]
            assert stages == sorted(stages), link["id"]


def test_capacity_exceeds_the_baseline() -> None:
    """Absolute capacities are not below baseline starts."""
    for row in table("processes"):
        if row["capacity"]:
            made = row["material"] or row["process"]
            capacity = amount(row["capacity"].split("/")[0], baseline().unit[made])
            assert capacity >= baseline().starts[row["facility"], row["process"]], row


def test_finished_and_stock_last_less_than_shelf_life() -> None:
    """Cover is below shelf life, also after the stocking of July 2019."""
    life = {m["id"]: float(m["shelf_life_days"] or "inf") for m in table("materials")}
    for row in table("stocks"):
        assert float(row["cover_days"]) + 40 < life[row["material"]], row


def sources_named() -> set[str]:
    """Return every key that a `source` cell or entry names."""
    found = set()
    for name in TABLES:
        for row in table(name):
            found |= {cell for column, cell in row.items() if column.endswith("source") and cell}
    found |= {fact["source"] for fact in cases()}

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("source"), str):
                found.add(node["source"])
            for below in node.values():
                walk(below)

    for name in FILES:
        walk(yaml(name))
    return found


def test_every_source_exists() -> None:
    """Source keys are those of sources.csv; sourced ones have an address."""
    keys = {row["id"]: row for row in table("sources")}
    assert sources_named() <= set(keys)
    for key, row in keys.items():
        assert row["title"], key
        assert row["url"].startswith("http") or row["status"] != "sourced", key


def values() -> list[tuple[str, str, str]]:
    """Return (table, path, status) of every number of the world."""
    found = []
    for name, (entry, columns) in NUMBERS.items():
        for row in table(name):
            for column in columns:
                if not row.get(column):
                    continue
                field = column.removesuffix("_days").removesuffix("_percent")
                status = row.get(f"{field}_status") or row["status"]
                found.append((name, f"{entry.format(**row)}.{field}", status))
    return found


def covered(path: str, patterns: list[str]) -> bool:
    """Tell whether a pattern stands for a path, key by key."""
    keys = path.split(".")
    return any(
        len(keys) == len(pattern.split("."))
        and all(fnmatch.fnmatchcase(key, part) for key, part in zip(keys, pattern.split("."), strict=True))
        for pattern in patterns
    )


def test_every_value_has_a_status_and_every_estimate_a_range() -> None:
    """What is not sourced is covered by a range of uncertain.csv."""
    patterns = [row["path"] for row in table("uncertain")]
    assert {status for _, _, status in values()} <= {"sourced", "recalled", "estimate"}
    bare = [path for _, path, status in values() if status != "sourced" and not covered(path, patterns)]
    assert bare == []


def test_ranges_hold_the_value_they_are_about() -> None:
    """Central values lie in their range; factors lie around 1."""
    paths = {}
    for name, (entry, columns) in NUMBERS.items():
        for row in table(name):
            for column in columns:
                if row.get(column):
                    field = column.removesuffix("_days").removesuffix("_percent")
                    paths[f"{entry.format(**row)}.{field}"] = row[column]
    for row in table("uncertain"):
        low, mode, high = (float(row[key].split()[0]) for key in ("low", "mode", "high"))
        assert low <= mode <= high, row
        if row["as"] == "factor":
            assert low <= 1 <= high, row
            continue
        found = [text for path, text in paths.items() if covered(path, [row["path"]])]
        assert found, row
        for text in found:
            number = 0.0 if text == "non_critical" else float(text.split()[0])
            assert low <= number <= high, (row["path"], text)


def test_files_are_plain() -> None:
    """Tables and scenario files are ASCII and keys hold no dots."""
    for path in [*WORLD.glob("*"), *(SCENARIOS / f"{name}.yaml" for name in FILES)]:
        path.read_text(encoding="utf-8").encode("ascii")
    for name in ("firms", "facilities", "materials", "links", "demand"):
        assert all("." not in row["id"] for row in table(name)), name


def test_package_solves_the_same_baseline() -> None:
    """The compiled network has the flows found here."""
    scenario = pytest.importorskip("sim.scenario")
    compile_network = pytest.importorskip("sim.network.compile").compile_network
    network = compile_network(scenario.load("korea_2019").document)
    flow = dict(zip(network.links, (np.asarray(network.arrays.base_flow) * MONTH).tolist(), strict=True))
    assert set(flow) == set(baseline().flow)
    for name, value in baseline().flow.items():
        assert flow[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


@pytest.mark.parametrize("name", FILES)
def test_scenario_files_load_with_each_variant(name: str) -> None:
    """Every scenario and every variant of it is valid."""
    scenario = pytest.importorskip("sim.scenario")
    whole = scenario.load(name)
    assert whole.document.meta.title
    assert whole.question
    for variant in yaml(name).get("variants", {}):
        scenario.load(f"{name}+{variant}")


def test_the_curbs_act_on_the_links_they_should() -> None:
    """Licences bind Japan to Korea only; Samsung is exempt from the quota; China is left alone."""
    scenario = pytest.importorskip("sim.scenario")
    select = pytest.importorskip("sim.scenario.selection")
    document = scenario.load("curbs_2019").document
    country = {name: facility.country for name, facility in document.facilities.items()}
    for name, event in document.events.items():
        if name in ("curb", "eased"):
            links = [document.links[link] for link in select.select(document, "links", event.select)]
            assert links
            assert {(country[link.from_], country[link.to]) for link in links} == {("JP", "KR")}
    assert document.events["curb"].date == datetime.date(2019, 7, 4)
    quota = scenario.load("hf_quota_steps").document
    links = select.select(quota, "links", quota.events["cap"].select)
    assert links
    assert not any(quota.facilities[quota.links[link].to].firm == "samsung" for link in links)
