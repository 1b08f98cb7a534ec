"""Random worlds that use every part of the format, for tests that compare whole runs."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from tests.random_events import add_events, add_policy
from tests.worlds import Tree

START = datetime.date(2019, 1, 17)
COUNTRIES = ("JP", "KR", "TW", "DE", "US")
FAMILIES = ("pbl", "pbl", "pbl", "leontief", "ces", "linear")
RULES = ("proportional", "priority", "relative", "uniform")
CRITICALITIES = ("critical", "critical", "important", 0.3, "non_critical")


def random_world(
    n_facilities: int,
    seed: int,
    *,
    cycles: bool = False,
    stochastic: bool = False,
    events: bool = True,
    days: int = 150,
) -> Tree:
    """Return a valid scenario tree, as a user would write it.

    Parameters
    ----------
    n_facilities : int
        At least 3; they stand in layers from raw material to final goods.
    seed : int
        The same seed gives the same world.
    cycles : bool
        Let some early facilities use late products.
    stochastic : bool
        Random lead times, noisy demand, uncertain events, denials.
    events : bool
        Add events of every kind.
    days : int
        Length of the run.
    """
    maker = _Maker(n_facilities, seed, cycles, stochastic)
    end = START + datetime.timedelta(days=days - 1)
    tree: Tree = {
        "format": 1,
        "meta": {"name": f"random_{seed}", "sources": {"estimate": {"title": "Made up for a test"}}},
        "run": {"start": START.isoformat(), "end": end.isoformat(), "replications": 2, "seed": seed},
        "model": maker.switches(),
        "materials": maker.materials(),
        "firms": maker.firms(),
        "facilities": maker.facilities(),
    }
    tree["links"] = maker.links(tree["facilities"])
    tree["demand"] = maker.demand(tree["facilities"])
    maker.wake_idle(tree)
    tree["regimes"] = maker.regimes()
    if events:
        add_events(tree, np.random.default_rng([seed, 1]), stochastic=stochastic, days=days)
    return tree


def policy_world(n_facilities: int, seed: int, *, stochastic: bool = False, days: int = 150) -> Tree:
    """Return a random world in which every kind of event acts, most of them in more than one way."""
    tree = random_world(n_facilities, seed, cycles=True, stochastic=stochastic, days=days)
    add_policy(tree, np.random.default_rng([seed, 2]), days)
    return tree


class _Maker:
    """Draws the parts of one world in a fixed order."""

    def __init__(self, number: int, seed: int, cycles: bool, stochastic: bool) -> None:
        self.rng = np.random.default_rng([seed, 0])
        self.number = number
        self.cycles = cycles
        self.stochastic = stochastic
        self.depth = 2 if number < 8 else 3 if number < 20 else 4 if number < 100 else 5
        self.layer = [i * self.depth // number for i in range(number)]
        self.kinds = [max(1, round(self.layer.count(k) / 2.5)) for k in range(self.depth)]
        self.names = [f"f{i:03d}" for i in range(number)]
        self.lives: dict[str, int] = {}  # material: shelf life in days
        self.makers: dict[str, list[tuple[str, str]]] = {}  # material: (facility, process key)

    def pick(self, options: Any, size: int | None = None) -> Any:
        """Choose without turning numbers into text."""
        if size is None:
            return options[int(self.rng.integers(len(options)))]
        order = self.rng.permutation(len(options))[:size]
        return [options[int(i)] for i in order]

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def between(self, low: float, high: float) -> float:
        return round(float(self.rng.uniform(low, high)), 4)

    def switches(self) -> Tree:
        return {
            "rationing": self.pick(RULES),
            "switching": self.pick([1.0, 1.0, 0.7]),
            "availability_exponent": self.pick([1.0, 1.0, 2.0, 0.0]),
            "availability_memory": "10 days",
            "sharing": self.pick(["alike", "alike", "margin"]),
            "finished_adjustment": "5 days",
        }

    def materials(self) -> Tree:
        found: Tree = {}
        for layer, kinds in enumerate(self.kinds):
            for kind in range(kinds):
                entry: Tree = {"unit": "t", "source": "estimate"}
                if self.chance(0.4):
                    self.lives[f"m{layer}_{kind}"] = life = self.pick([12, 20, 35, 60])
                    entry["shelf_life"] = f"{life} days"
                if self.chance(0.7):
                    entry["price"] = f"{self.between(50, 2000)} USD/t"
                found[f"m{layer}_{kind}"] = entry
        return found

    def firms(self) -> Tree:
        return {f"firm{i}": {"country": COUNTRIES[i]} for i in range(len(COUNTRIES))}

    def facilities(self) -> Tree:
        found: Tree = {}
        for i, name in enumerate(self.names):
            layer = self.layer[i]
            country = int(self.rng.integers(len(COUNTRIES)))
            first = i % self.kinds[layer]
            makes = {f"m{layer}_{first}": self.process(layer)}
            if self.kinds[layer] > 1 and self.chance(0.3):
                second = f"m{layer}_{(first + 1) % self.kinds[layer]}"
                makes["line"] = {"material": second, **self.process(layer, makes[f"m{layer}_{first}"])}
            for key, process in makes.items():
                self.makers.setdefault(process.get("material", key), []).append((name, key))
            used = sorted({material for process in makes.values() for material in process["inputs"]})
            found[name] = {
                "firm": f"firm{country}",
                "country": COUNTRIES[country],
                "makes": makes,
                "stocks": {material: self.stock(material) for material in used},
            }
        return found

    def process(self, layer: int, sibling: Tree | None = None) -> Tree:
        entry: Tree = {
            "headroom": f"{self.pick([5, 15, 40, 80])} %",
            "cycle_time": f"{self.pick([0, 0, 1, 2, 5, 12])} days",
            "yield": self.pick([1.0, 0.95, 0.8]),
            "finished_cover": f"{self.pick([0, 2, 5, 10])} days",
            "production": self.pick(FAMILIES),
            "inputs": self.inputs(layer, sibling),
        }
        if entry["production"] == "ces":
            entry["elasticity"] = self.pick([0.0, 0.1, 0.5, 1.0, 2.0])
        if self.chance(0.3):
            entry["rationing"] = self.pick(RULES)
        if self.chance(0.4):
            law = self.pick(["scarcity", "exponential"])
            entry["overcapacity"] = {"law": law, "max": self.pick([1.1, 1.25]), "time": "30 days"}
        return entry

    def inputs(self, layer: int, sibling: Tree | None) -> Tree:
        """Choose 1-3 inputs; a second process of a facility shares what it can with the first."""
        earlier = [f"m{k}_{j}" for k in range(max(0, layer - 2), layer) for j in range(self.kinds[k])]
        chosen = self.pick(earlier, int(self.rng.integers(1, 4))) if earlier else []
        if sibling is not None and sibling["inputs"]:
            chosen = [*sibling["inputs"]][: int(self.rng.integers(1, 3))]
        amounts = {name: f"{self.between(150, 900)} kg" for name in chosen}
        if self.cycles and layer < self.depth - 1 and self.chance(0.5):
            late = self.depth - 1
            amounts[f"m{late}_{int(self.rng.integers(self.kinds[late]))}"] = f"{self.between(5, 20)} kg"
        return {
            name: {"per_unit": amount, "criticality": self.pick(CRITICALITIES)}
            for name, amount in amounts.items()
        }

    def stock(self, material: str) -> Tree:
        covers = [days for days in (4, 8, 15, 30) if days < self.lives.get(material, 99)]
        entry: Tree = {
            "cover": f"{self.pick(covers)} days",
            "adjustment": f"{self.pick([1, 3, 7])} days",
            "forecast": self.pick(["fixed", "fixed", "yesterday", {"average": "14 days"}]),
        }
        if entry["forecast"] == "yesterday":
            entry["adjustment"] = "7 days"  # shorter ones amplify rounding at every tier
        if self.chance(0.15):
            entry["initial"] = f"{self.pick([2, 10, 25])} days"
        if self.chance(0.1):
            entry["switching"] = 0.5
        return entry

    def links(self, facilities: Tree) -> Tree:
        found: Tree = {}
        for name, facility in facilities.items():
            for material in facility["stocks"]:
                makers = [maker for maker in self.makers[material] if maker[0] != name]
                number = min(len(makers), int(self.rng.integers(1, 4)))
                chosen = self.pick(makers, number + 1)
                shares = {1: [1.0], 2: [0.6, 0.4], 3: [0.5, 0.3, 0.2]}[number]
                age = f"{self.pick([0, 0, 2])} days"
                for maker, share in zip(chosen, [*shares, 0.0], strict=False):
                    entry = self.link(name, material, maker, share)
                    entry["age"] = age if not str(entry["lead_time"]).startswith("0") else "0 days"
                    found[f"{material}/{maker[0]}_{maker[1]}-{name}"] = entry
        return found

    def link(self, name: str, material: str, maker: tuple[str, str], share: float) -> Tree:
        entry: Tree = {
            "from": maker[0],
            "to": name,
            "material": material,
            "process": maker[1],
            "share": share,
            "lead_time": self.lead_time(),
            "priority": int(self.rng.integers(1, 4)),
            "regime": "bulk",
            "source": "estimate",
        }
        if share == 0.0 and self.chance(0.7):
            entry["stages"] = {
                "trial": {"after": "10 days", "max_share": 0.1},
                "use": {"after": "30.5 days", "max_share": 0.8},
            }
        return entry

    def lead_time(self) -> Any:
        if self.stochastic and self.chance(0.4):
            return self.pick(
                [
                    {"low": "2 days", "mode": "4 days", "high": "9 days"},
                    {"mean": "6 days", "cv": 0.4},
                    {"median": "5 days", "p90": "10 days"},
                    {"low": "1 day", "high": "4 days"},
                    {"values": ["3 days", "7 days"], "weights": [0.7, 0.3]},
                ]
            )
        return f"{self.pick([0, 1, 2, 3, 5, 8, 20])} days"

    def demand(self, facilities: Tree) -> Tree:
        found: Tree = {}
        for i, (name, facility) in enumerate(facilities.items()):
            for key, process in facility["makes"].items():
                if self.layer[i] == self.depth - 1 or self.chance(0.15):
                    material = process.get("material", key)
                    found[f"{material}/{name}_{key}"] = self.one_demand(name, key, material)
        return found

    def one_demand(self, name: str, key: str, material: str) -> Tree:
        entry: Tree = {
            "at": name,
            "material": material,
            "process": key,
            "rate": f"{self.between(100, 900)} t/month",
            "unmet": self.pick(["lost", "backlog"]),
            "priority": int(self.rng.integers(1, 4)),
        }
        if self.chance(0.3):
            entry["growth"] = 0.1
        if self.chance(0.3):
            entry["season"] = {"2": 1.2, "4": "80 %"}
        if self.stochastic and self.chance(0.6):
            law = self.pick(["gamma", "normal", "lognormal", "poisson"])
            entry["noise"] = {"law": law} if law == "poisson" else {"law": law, "cv": 0.3}
        return entry

    def wake_idle(self, tree: Tree) -> None:
        """Give processes that the baseline leaves idle a capacity of their own."""
        busy = {f"{d['at']}/{d['process']}" for d in tree["demand"].values()}
        while True:
            used = {
                (name, material)
                for name, facility in tree["facilities"].items()
                for key, process in facility["makes"].items()
                if f"{name}/{key}" in busy
                for material in process["inputs"]
            }
            reached = {
                f"{link['from']}/{link['process']}"
                for link in tree["links"].values()
                if link["share"] > 0.0 and (link["to"], link["material"]) in used
            }
            if reached <= busy:
                break
            busy |= reached
        for name, facility in tree["facilities"].items():
            for key, process in facility["makes"].items():
                if f"{name}/{key}" not in busy:
                    del process["headroom"]
                    process["capacity"] = f"{self.between(200, 600)} t/month"
                    process["initial"] = f"{self.between(5, 60)} t"

    def regimes(self) -> Tree:
        review: Any = {"low": "5 days", "mode": "9 days", "high": "16 days"}
        return {
            "individual": {
                "review": {"m0_0": "7 days", "other": review},
                "denial": 0.2 if self.stochastic else 0.0,
                "resubmit": "3 days",
                "filing": self.pick(["0 days", "2 days"]),
                "lot": self.pick(["6 days", "10 days", "order"]),
                "reorder": self.pick(["auto", "12 days"]),
                "dispatch": {"m0_0": "2 days", "other": "1 day"},
                "validity": self.pick(["180 days", "15 days"]),
                **({"examiners": 3} if self.chance(0.5) else {}),
            }
        }
