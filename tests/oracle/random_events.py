"""Events of every kind for a random world."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

Tree = dict[str, Any]


def add_events(tree: Tree, rng: np.random.Generator, *, stochastic: bool, days: int) -> None:
    """Add events of every kind to a scenario tree."""
    maker = _Events(tree, rng, stochastic, days)
    tree["events"] = {**maker.curbs(), **maker.quotas(), **maker.shocks(), **maker.responses()}
    for event in tree["events"].values():
        event["source"] = "estimate"


class _Events:
    """Draws the events of one world in a fixed order."""

    def __init__(self, tree: Tree, rng: np.random.Generator, stochastic: bool, days: int) -> None:
        self.tree = tree
        self.rng = rng
        self.stochastic = stochastic
        self.days = days
        self.start = datetime.date.fromisoformat(tree["run"]["start"])
        self.links = [name for name, link in tree["links"].items() if link["share"] > 0.0]
        self.spare = [name for name, link in tree["links"].items() if "stages" in link]
        self.countries = sorted({f["country"] for f in tree["facilities"].values() if f["stocks"]})
        self.stocks = [(name, m) for name, f in tree["facilities"].items() for m in f["stocks"]]

    def date(self, part: float) -> str:
        """Return the date at a part of the run."""
        return (self.start + datetime.timedelta(days=round(part * self.days))).isoformat()

    def pick(self, options: list[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def some(self, names: list[str], share: float) -> list[str]:
        """Choose a part of some ids, at least one."""
        number = max(1, round(share * len(names)))
        return sorted(names[int(i)] for i in self.rng.permutation(len(names))[:number])

    def stock(self) -> Tree:
        """Select one stock."""
        facility, material = self.pick(self.stocks)
        return {"facility": facility, "material": material}

    def curbs(self) -> Tree:
        """Switch regimes, one upon the other, and back."""
        curbed = self.some(self.links, 0.25)
        banned = self.some(self.links, 0.1)
        found: Tree = {
            "curb": {"kind": "licence", "regime": "individual", "date": self.date(0.1)},
            "ban": {"kind": "embargo", "date": self.date(0.3), "until": self.date(0.5)},
            "eased": {"kind": "licence", "regime": "special_bulk", "date": self.date(0.75)},
            "mirror": {"kind": "licence", "regime": "individual", "until": self.date(0.9)},
        }
        found["curb"]["select"] = {"link": curbed}
        found["ban"]["select"] = {"link": sorted({*banned, curbed[0]})}
        found["eased"]["select"] = {"link": curbed[: max(1, len(curbed) // 2)]}
        found["mirror"]["select"] = {"link": self.some(self.links, 0.05)}
        found["mirror"]["after"] = {"event": "ban", "lag": "3 days"}
        if self.stochastic:
            found["mirror"]["after"]["lag"] = {"low": "1 day", "high": "9 days"}
            found["curb"] |= {"probability": 0.8, "draw": "per_link"}
        return found

    def quotas(self) -> Tree:
        """Add a shared quota in steps, and one by link."""
        shared: Tree = {
            "kind": "quota",
            "date": self.date(0.15),
            "until": self.date(0.7),
            "select": {"link": self.some([*self.links, *self.spare], 0.2)},
            "allow": self.pick(["30 % of baseline", "60 % of baseline", "900 t/month"]),
            "period": self.pick(["week", "month", "quarter"]),
            "share_out": self.pick(["proportional", "first_come"]),
            "carry_over": self.pick([False, False, True]),
            "steps": {self.date(0.4): "70 % of baseline", self.date(0.6): "none", self.date(0.65): "50 t"},
        }
        single = {
            "kind": "quota",
            "date": self.date(0.45),
            "select": {"link": self.some(self.links, 0.1)},
            "allow": self.pick(["50 % of baseline", "40 t/week", "120 t"]),
            "period": self.pick(["day", "week", "month"]),
            "pool": "per_link",
            "carry_over": self.pick([False, True]),
            "steps": {self.date(0.8): "90 % of baseline"},
        }
        return {"cap": shared, "cap_each": single}

    def shocks(self) -> Tree:
        """Move capacity and demand."""
        facilities = list(self.tree["facilities"])
        fire: Tree = {
            "kind": "outage",
            "date": self.date(0.2),
            "remaining": 0.2,
            "duration": "8.5 days",
            "recovery": "6 days",
            "select": {"facility": self.some(facilities, 0.15)},
        }
        if self.stochastic:
            fire["duration"] = {"mean": "8 days", "cv": 0.5}
            fire |= {"probability": 0.7, "draw": "per_facility"}
        return {
            "fire": fire,
            "strike": {
                "kind": "outage",
                "date": self.date(0.25),
                "until": self.date(0.35),
                "select": {"facility": self.some(facilities, 0.1)},
            },
            "growth": {
                "kind": "capacity",
                "factor": 1.3,
                "ramp": "10 days",
                "date": self.date(0.3),
                "until": self.date(0.85),
                "select": {"facility": self.some(facilities, 0.2)},
            },
            "boom": {
                "kind": "demand",
                "factor": 1.25,
                "date": self.date(0.5),
                "until": self.date(0.6),
                "select": {"facility": facilities[-max(1, len(facilities) // 5) :]},
            },
        }

    def responses(self) -> Tree:
        """Let buyers react."""
        found: Tree = {
            "hoard": {"kind": "stock_target", "target": "+10 days", "date": self.date(0.05)},
            "level": {"kind": "stock_target", "target": "20 days", "date": self.date(0.6)},
            "save": {"kind": "thrift", "saving": 0.15, "below": "10 days", "date": self.date(0.2)},
            "save_more": {"kind": "thrift", "saving": 0.3, "below": "3 days"},
            "buy": self.purchase(),
            "import": {
                "kind": "emergency_purchase",
                "amount": "12 days",
                "outside": {"capacity": "300 t/month", "lead_time": "4 days"},
                "after": {"event": "ban", "lag": "5 days"},
            },
        }
        for name, event in found.items():
            if "select" not in event:
                event["select"] = self.stock() if name != "save" else {"country": self.countries[0]}
        found["hoard"]["until"] = self.date(0.55)
        found["save_more"]["when"] = {"cover_below": "4 days", "select": {"country": self.countries[-2:]}}
        if self.spare:
            early = self.some(self.spare, 0.5)
            late = [name for name in self.spare if name not in early] or early
            found["qualify"] = {
                "kind": "qualification",
                "date": self.date(0.1),
                "select": {"link": early},
            }
            found["qualify_late"] = {
                "kind": "qualification",
                "when": {"cover_below": "2 days", "select": self.stock()},
                "stages": {"full": {"after": "5 days", "max_share": 1.0}},
                "select": {"link": self.some(late, 0.5)},
            }
        return found

    def purchase(self) -> Tree:
        """Buy in a hurry from a supplier that is already linked."""
        link = self.tree["links"][self.pick(self.links)]
        return {
            "kind": "emergency_purchase",
            "amount": self.pick(["10 days", "30 t"]),
            "supplier": link["from"],
            "select": {"facility": link["to"], "material": link["material"]},
            "date": self.date(0.12),
            "until": self.date(0.5),
        }
