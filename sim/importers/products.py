"""Products on links: a firm that ships several materials becomes a facility for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.errors import Problem, ScenarioError
from sim.network.large.assumptions import Assumptions, few
from sim.network.large.edge_list import CheckedTable

GOODS = "goods"  # what a firm makes that ships nothing and of which no table says


def spread_products(
    links: CheckedTable, places: CheckedTable | None, said: Assumptions
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return links without their column of materials, and firms that make one material each.

    A firm that ships one material makes that. One that ships several becomes as many facilities, named
    `firm_material` and owned by it; what it buys is divided among them by what they sell.
    """
    edges = links.frame
    if "material" not in edges:
        return edges, None if places is None else places.frame
    firms = _firms(edges, places, said)
    shipped: dict[str, list[str]] = {}
    for firm, material in edges[["supplier", "material"]].drop_duplicates().itertuples(index=False):
        shipped.setdefault(firm, []).append(material)
    made = _made(firms, shipped, places, said)
    several = {firm: materials for firm, materials in made.items() if len(materials) > 1}
    rows = _rows(firms, made)
    supplier = edges["supplier"].where(
        ~edges["supplier"].isin(list(several)), edges["supplier"] + "_" + edges["material"]
    )
    edges = edges.assign(supplier=supplier).drop(columns="material")
    if not several:
        return edges, rows
    texts = [f"{firm} ({', '.join(_id(firm, kind) for kind in kinds)})" for firm, kinds in several.items()]
    how = "by the amounts that these sell" if "amount_per_day" in edges else "alike"
    which = f"A facility for each material, where a firm ships several: {few(texts)}"
    said.say("products", f"{which}; what they buy is divided {how}.")
    return _divided(edges, rows, several), rows


def _id(firm: str, material: str) -> str:
    return f"{firm}_{material}"


def _firms(edges: pd.DataFrame, places: CheckedTable | None, said: Assumptions) -> pd.DataFrame:
    if places is not None:
        return places.frame
    ids = pd.unique(pd.concat([edges["supplier"], edges["buyer"]]))
    said.say("firms", "There is no table of firms: all stand in XX.")
    return pd.DataFrame({"id": ids, "country": "XX"})


def _made(
    firms: pd.DataFrame, shipped: dict[str, list[str]], places: CheckedTable | None, said: Assumptions
) -> dict[str, list[str]]:
    """Return the materials that each firm makes: what it ships, and what it sells to final users."""
    made = {firm: list(materials) for firm, materials in shipped.items()}
    final = firms.get("final_demand_per_day", pd.Series(0.0, index=firms.index)).to_numpy(dtype=np.float64)
    unsold, unnamed = [], []
    own = firms["material"] if "material" in firms else pd.Series("", index=firms.index)
    for firm, material, sells in zip(firms["id"], own, final, strict=True):
        materials = made.setdefault(firm, [])
        if material and material not in materials and (sells > 0.0 or firm not in shipped):
            materials.append(material)
        elif material and material not in materials:
            unsold.append(f"{material} of {firm}")
        elif not materials:
            materials.append(GOODS)
            unnamed.append(firm)
    if unsold:
        said.say("products", f"Not shipped and not sold to final users, and so left out: {few(unsold)}.")
    if unnamed:
        said.say("products", f"What these make is in no table, and called {GOODS}: {few(unnamed)}.")
    return made


def _rows(firms: pd.DataFrame, made: dict[str, list[str]]) -> pd.DataFrame:
    """Return a row for each firm and material; amounts of a firm are those of the material in its row."""
    by_pair: dict[str, list[dict[Any, Any]]] = {}
    records = firms.to_dict("records")
    for record in records:
        by_pair.setdefault(record["id"], []).append(record)
    rows = []
    for firm, given in by_pair.items():
        materials = made[firm]
        for material in materials:
            own = [record for record in given if record.get("material") == material]
            base = own[0] if own else given[0]
            row = {**base, "material": material}
            if not own and len(materials) > 1:
                row |= {key: empty for key, empty in OWN_AMOUNTS.items() if key in row}
            if len(materials) > 1:
                row |= {"id": _id(firm, material), "firm": base.get("firm") or firm}
            elif "firm" in row or any(len(kinds) > 1 for kinds in made.values()):
                row.setdefault("firm", firm)
            rows.append(row)
    frame = pd.DataFrame(rows)
    if frame["id"].duplicated().any():
        twice = frame["id"][frame["id"].duplicated()].iloc[0]
        wrong = f"a firm and a material together make '{twice}', which is the name of another firm"
        raise ScenarioError([Problem("firms", 0, "id", "", wrong, "write one of them in another way")])
    return frame


OWN_AMOUNTS = {"final_demand_per_day": 0.0, "capacity_per_day": np.nan}  # of one material, not of a firm


def _divided(edges: pd.DataFrame, rows: pd.DataFrame, several: dict[str, list[str]]) -> pd.DataFrame:
    """Let each facility of a firm buy its part of what the firm buys."""
    to = edges["buyer"].isin(list(several))
    parts = [edges[~to]]
    for firm, materials in several.items():
        bought = edges[edges["buyer"] == firm]
        weights = _weights(edges, rows, [_id(firm, material) for material in materials])
        for material, weight in zip(materials, weights, strict=True):
            part = bought.assign(buyer=_id(firm, material))
            if "amount_per_day" in part:
                part = part.assign(amount_per_day=part["amount_per_day"] * weight)
            parts.append(part)
    return pd.concat(parts)


def _weights(edges: pd.DataFrame, rows: pd.DataFrame, ids: list[str]) -> list[float]:
    """Return the part of what a firm sells that each of its facilities sells."""
    if "amount_per_day" not in edges:
        return [1.0] * len(ids)
    sold = edges.groupby("supplier")["amount_per_day"].sum().reindex(ids).fillna(0.0)
    if "final_demand_per_day" in rows:
        sold = sold + rows.set_index("id")["final_demand_per_day"].reindex(ids)
    total = float(sold.sum())
    return (sold / total).tolist() if total > 0.0 else [1.0 / len(ids)] * len(ids)
