"""Tiny worlds as plain trees: source -> refiner -> fab -> final demand."""

from __future__ import annotations

import copy
from typing import Any

Tree = dict[str, Any]


def chain(
    *,
    cover: str = "30 days",
    lead_time: str = "7 days",
    refiner: bool = True,
    alternative: bool = False,
    events: Tree | None = None,
    **sections: Any,
) -> Tree:
    """Return a valid world; further sections are laid over its own, key by key.

    A Japanese source of raw acid, a Japanese refiner, a Korean fab. Without `refiner` the plant needs no
    input; with `alternative` an idle Korean refiner may be qualified in two stages.
    """
    tree: Tree = {
        "format": 1,
        "meta": {
            "name": "chain",
            "title": "One chain",
            "sources": {"estimate": {"title": "Illustrative"}, "press": {"title": "Press reports"}},
        },
        "run": {"start": "2019-01-01", "end": "2019-12-31", "replications": 2, "seed": 1},
        "materials": {
            "acid": {
                "title": "Acid",
                "unit": "t",
                "group": "wet",
                "shelf_life": "120 days",
                "price": "1450 USD/t",
            },
            "chip": {"title": "Chip", "unit": "wafer", "price": "4000 USD/wafer"},
        },
        "firms": {
            "maker": {"title": "Maker", "country": "JP", "role": "supplier"},
            "fab": {"title": "Fab", "country": "KR", "role": "chipmaker"},
        },
        "facilities": {
            "plant": {
                "firm": "maker",
                "country": "JP",
                "makes": {"acid": {"headroom": "10 %", "finished_cover": "5 days"}},
            },
            "line": {
                "firm": "fab",
                "country": "KR",
                "makes": {
                    "chip": {
                        "headroom": "5 %",
                        "cycle_time": "10 days",
                        "inputs": {"acid": {"per_unit": "3 kg"}},
                    }
                },
                "stocks": {"acid": {"cover": cover, "adjustment": "7 days"}},
            },
        },
        "links": {"acid/plant-line": _link("plant", "line", "acid", 1.0, lead_time)},
        "demand": {"chip/line": {"at": "line", "material": "chip", "rate": "1000 wafer/month"}},
        "regimes": {"individual": {"review": {"acid": "90 days", "other": "30 days"}, "lot": "30 days"}},
    }
    if refiner:
        _add_refiner(tree)
    if alternative:
        _add_alternative(tree)
    for name, section in {**sections, "events": events or {}}.items():
        tree[name] = (
            {**tree.get(name, {}), **copy.deepcopy(section)} if isinstance(section, dict) else section
        )
    return tree


def event(kind: str, **fields: Any) -> Tree:
    """Return an event with a date, a source and a selection of the acid, unless told otherwise."""
    made: Tree = {"kind": kind, "date": "2019-07-04", "source": "estimate", "select": {"material": "acid"}}
    return {key: value for key, value in {**made, **fields}.items() if value is not None}


def _link(supplier: str, buyer: str, material: str, share: float, lead_time: str, **more: Any) -> Tree:
    ends = {"from": supplier, "to": buyer, "material": material, "share": share}
    return {**ends, "lead_time": lead_time, "source": "estimate", **more}


def _add_refiner(tree: Tree) -> None:
    tree["materials"]["raw"] = {"title": "Raw acid", "unit": "t"}
    tree["firms"]["mine"] = {"title": "Mine", "country": "JP", "role": "supplier"}
    tree["facilities"]["pit"] = {"firm": "mine", "country": "JP", "makes": {"raw": {"headroom": "20 %"}}}
    tree["facilities"]["plant"]["makes"]["acid"]["inputs"] = {"raw": {"per_unit": "1.1 t"}}
    tree["facilities"]["plant"]["stocks"] = {"raw": {"cover": "20 days"}}
    tree["links"]["raw/pit-plant"] = _link("pit", "plant", "raw", 1.0, "5 days")


def _add_alternative(tree: Tree) -> None:
    tree["firms"]["other"] = {"title": "Other", "country": "KR", "role": "supplier"}
    makes = {"acid": {"capacity": "4 t/month", "initial": "1 t"}}
    tree["facilities"]["spare"] = {"firm": "other", "country": "KR", "makes": makes}
    stages = {
        "first": {"after": "47 days", "max_share": "30 %"},
        "full": {"after": "180 days", "max_share": 1.0},
    }
    tree["links"]["acid/spare-line"] = _link("spare", "line", "acid", 0, "3 days", stages=stages)
