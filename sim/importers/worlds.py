"""World files of imported networks: an entry for each row, or tables beside the file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.arguments import known_keywords, shown
from sim.errors import CurbsimError, ScenarioError
from sim.files import whole_folder
from sim.importers.units import UNIT, priced, require_plain_money, unit_word
from sim.network import compile_network
from sim.network.checks import check_network
from sim.network.large.assumptions import Assumptions, WholeTables, few
from sim.network.large.firm_tables import FirmTables, compile_tables, make_firm_tables
from sim.scenario import Scenario, from_tree, load
from sim.scenario.paths import Layer
from sim.scenario.schema.countries import is_iso
from sim.scenario.schema.document import Document
from sim.scenario.yaml_files import to_yaml
from sim.types import Bools

MOST_ENTRIES = 1_000  # links up to which a network becomes an ordinary world, with an entry for each
WORLD_OPTIONS = ("name", "start", "end", "out")
UNKNOWN = "XX"  # where no table names a country, which is said
BARE: dict[str, Any] = {"format": 1, "run": None, "materials": {}, "facilities": {}, "demand": {}}


@dataclass(frozen=True, kw_only=True)
class WorldOptions:
    """What a world is called, when it runs, and where it is written.

    Attributes
    ----------
    materials : dict
        Unit and price of materials, where they are known.
    currency : str
        Of prices.
    """

    name: str = "network"
    start: str = "2019-01-01"
    end: str = "2019-12-31"
    out: str | Path | None = None
    materials: Mapping[str, dict[str, str]] = field(default_factory=dict)
    currency: str = "USD"


def make_world(whole: WholeTables, options: WorldOptions) -> Scenario:
    """Return the world of whole tables; write it, whole or not at all, where a folder is named.

    Raises
    ------
    CurbsimError
        When the network has no baseline, is large and has no folder, or the folder is there already.
    """
    small = len(whole.links) <= MOST_ENTRIES
    if options.out is not None:
        require_new(Path(options.out))
    elif not small:
        wrong = f"the network has {len(whole.links):,} links; more than {MOST_ENTRIES:,} stay in tables"
        raise CurbsimError(f"{wrong}: write out= and the folder for them")
    tables = make_firm_tables(whole.links, whole.firms)
    idle = idle_processes(tables)
    _say_regions(tables, whole.said)
    _say_idle(tables, idle, whole.said)
    tree = head(options, sorted(whole.firms["material"].unique()), whole.said)
    if small:
        tree |= entries(tables, idle, {name: entry["unit"] for name, entry in tree["materials"].items()})
        _require_sound(tree, options.name)
    if options.out is None:
        return from_tree(tree, name=options.name)
    write_world(Path(options.out), tree, None if small else (whole.links, whole.firms))
    return load(options.out)


def options_for(whole: WholeTables, unit: str, options: Mapping[str, Any]) -> WorldOptions:
    """Return what a world is called and where it is written, its flows in one unit."""
    materials = sorted(whole.firms["material"].unique())
    require_plain_money(unit)
    units = dict.fromkeys(materials, unit_word(unit) if unit else UNIT)
    entries_, currency = priced(units, whole.said)
    return WorldOptions(materials=entries_, currency=currency, **options)


def require_options(
    of: Callable[..., Any],
    unit: Any,
    options: Mapping[str, Any],
    columns: Any = None,
    ignore: Any = (),
) -> None:
    """Raise when an importer is called with options of another kind than it takes."""
    known_keywords(of, WORLD_OPTIONS, options)
    if not isinstance(unit, str):
        raise CurbsimError(f"unit is {shown(unit)}; write a text, such as 'M.EUR'")
    if columns is not None and not _is_map_of_texts(columns):
        raise CurbsimError(f"columns is {shown(columns)}; write headers by column: {{'supplier': 'node1'}}")
    if isinstance(ignore, str) or not isinstance(ignore, Iterable):
        raise CurbsimError(f"ignore is {shown(ignore)}; write a list of headers, such as ['note']")
    require_folder(options.get("out"))


def _is_map_of_texts(given: Any) -> bool:
    return isinstance(given, Mapping) and all(isinstance(text, str) for text in (*given, *given.values()))


def require_folder(out: Any) -> None:
    """Raise when `out` is neither a path nor left out."""
    if out is not None and not isinstance(out, str | os.PathLike):
        raise CurbsimError(f"out is {shown(out)}; write the folder of the world, or leave it out")


def require_new(folder: Path) -> None:
    """Refuse a folder in which there is something: nothing of it would be left."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CurbsimError(f"{folder}: there is such a folder already; write another one, or remove it")


def idle_processes(tables: FirmTables) -> Bools:
    """Tell which firms make nothing on the baseline, by process.

    Raises
    ------
    CurbsimError
        When no output meets final demand.
    """
    bare = Document.model_construct(**BARE)
    return np.asarray(compile_tables(bare, tables).arrays.base_starts == 0.0)


def _require_sound(tree: dict[str, Any], name: str) -> None:
    """Find what keeps an ordinary world from running before it is written."""
    scenario = from_tree(tree, name=name)
    place = Layer(scenario.tree, scenario.origins).place
    problems = check_network(scenario.document, compile_network(scenario.document), place)
    if problems:
        raise ScenarioError(problems)


def _say_regions(tables: FirmTables, said: Assumptions) -> None:
    own = [code for code in tables.countries.tolist() if code != UNKNOWN and not is_iso(code)]
    if own:
        said.say("regions", f"Regions of your own, no countries of ISO 3166: {few(own)}.")


def _say_idle(tables: FirmTables, idle: Bools, said: Assumptions) -> None:
    capacity = tables.numbers("capacity_per_day")
    bare = idle & ~(capacity > 0.0)
    if bare.any():
        said.say(
            "idle", f"Nothing of what they make reaches final demand, and so idle: {few(tables.names[bare])}."
        )


def head(options: WorldOptions, materials: list[str], said: Mapping[str, str]) -> dict[str, Any]:
    """Return the sections of a world file that do not depend on its size."""
    sources = {"imported": {"title": "Imported tables"}, "estimate": {"title": "Estimate"}}
    meta = {"name": options.name, "title": options.name, "currency": options.currency}
    assumed = {"assumptions": dict(said)} if said else {}
    return {
        "format": 1,
        "meta": {**meta, **assumed, "sources": sources},
        "run": {"start": options.start, "end": options.end, "replications": 1},
        "materials": {name: {"unit": UNIT, **options.materials.get(name, {})} for name in materials},
    }


def entries(tables: FirmTables, idle: Bools, units: Mapping[str, str]) -> dict[str, Any]:
    """Return the sections of an ordinary world, one entry for each row."""
    firms: list[dict[Any, Any]] = tables.firms.to_dict("records")
    names, materials = tables.names.tolist(), tables.materials.tolist()
    facilities = {
        firm["id"]: _facility(firm, owner, bool(stands), units[firm["material"]])
        for firm, owner, stands in zip(firms, tables.owner, idle, strict=True)
    }
    for s, row in enumerate(tables.stock_firm.tolist()):
        firm, material = firms[row], materials[tables.stock_material[s]]
        facility = facilities[firm["id"]]
        facility["stocks"][material] = {"cover": f"{firm['cover_days']!r} days"}
        facility["makes"][firm["material"]]["inputs"][material] = {
            "per_unit": f"{float(tables.per_unit[s])!r} {units[material]}",
            "criticality": float(tables.criticality[s]),
        }
    links = {
        tables.links[l]: {
            "from": names[tables.supplier[l]],
            "to": names[tables.stock_firm[s]],
            "material": materials[tables.stock_material[s]],
            "share": float(tables.share[l]),
            "lead_time": f"{float(tables.lead[l])!r} days",
            "source": "imported",
        }
        for l, s in enumerate(tables.stock.tolist())
    }
    demand = {
        tables.demands[d]: {
            "at": names[row],
            "material": firms[row]["material"],
            "rate": f"{firms[row]['final_demand_per_day']!r} {units[firms[row]['material']]}/day",
        }
        for d, row in enumerate(tables.demand_firm.tolist())
    }
    owners = {str(o): {"country": firm["country"]} for o, firm in zip(tables.owner, firms, strict=True)}
    return {"firms": owners, "facilities": facilities, "links": links, "demand": demand}


def _facility(firm: dict[Any, Any], owner: str, idle: bool, unit: str) -> dict[str, Any]:
    """Return a facility; what makes nothing on the baseline has the capacity of its row, or none."""
    capacity = firm.get("capacity_per_day", np.nan)
    if np.isnan(capacity) and idle:
        capacity = 0.0
    room = {"headroom": firm["headroom"]} if np.isnan(capacity) else {"capacity": f"{capacity!r} {unit}/day"}
    made = {
        **room,
        "cycle_time": f"{firm['cycle_time_days']!r} days",
        "finished_cover": f"{firm['finished_cover_days']!r} days",
        "inputs": {},
    }
    return {"firm": owner, "country": firm["country"], "makes": {firm["material"]: made}, "stocks": {}}


def write_world(folder: Path, tree: dict[str, Any], tables: tuple[pd.DataFrame, pd.DataFrame] | None) -> None:
    """Write a world folder that can be loaded, whole or not at all; nothing that is there is touched."""
    require_new(folder)
    with whole_folder(folder) as part:
        if tables is not None:
            tree = {**tree, "network": {"edges": "edges.parquet", "firms": "firms.parquet"}}
            tables[0].to_parquet(part / "edges.parquet", index=False)
            tables[1].to_parquet(part / "firms.parquet", index=False)
        (part / "world.yaml").write_text(to_yaml(tree), encoding="utf-8")
        load(part)
