"""Random events of every kind, offices, and a process of one's own, for random worlds."""

from __future__ import annotations

import datetime
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from sim.engine import World
from tests.worlds import Tree


def add_events(tree: Tree, rng: np.random.Generator, *, stochastic: bool, days: int) -> None:
    """Add events of every kind to a scenario tree."""
    maker = _Events(tree, rng, days, stochastic)
    tree["events"] = _sourced(maker.curbs() | maker.quotas() | maker.shocks() | maker.responses())
    overlaps = _Overlaps(tree, rng.spawn(1)[0], days)  # draws of its own move none of the others
    tree["events"] |= _sourced(overlaps.curbs() | overlaps.reliefs())


def add_policy(tree: Tree, rng: np.random.Generator, days: int) -> None:
    """Add offices, talks, travel and behaviour to a tree that has events, most of them in more than one way."""
    maker = _Policy(tree, rng, days)
    maker.let_offices_review()
    made = maker.unlisted() | maker.talks() | maker.travel() | maker.answers() | maker.office()
    made |= maker.behaviour() | maker.purchases() | maker.qualification()
    tree["events"] |= _sourced(made)
    tree["events"]["cap"] |= {"share_out": "first_come", "carry_over": True}


def _sourced(events: Tree) -> Tree:
    return {name: event | {"source": "estimate"} for name, event in events.items()}


class _Drawn:
    """Draws what is added to one world, in a fixed order."""

    def __init__(self, tree: Tree, rng: np.random.Generator, days: int) -> None:
        self.tree, self.rng, self.days = tree, rng, days
        self.start = datetime.date.fromisoformat(tree["run"]["start"])
        self.links: Tree = tree["links"]
        self.usual = [name for name, link in self.links.items() if link["share"] > 0.0]
        self.spare = [name for name, link in self.links.items() if "stages" in link]

    def date(self, part: float) -> str:
        """Return the date at a part of the run."""
        return (self.start + datetime.timedelta(days=round(part * self.days))).isoformat()

    def some(self, names: list[str], share: float) -> list[str]:
        """Choose a part of some ids, at least one."""
        number = max(1, round(share * len(names)))
        return sorted(names[int(i)] for i in self.rng.permutation(len(names))[:number])


class _Events(_Drawn):
    """Draws the events of one world."""

    def __init__(self, tree: Tree, rng: np.random.Generator, days: int, stochastic: bool) -> None:
        super().__init__(tree, rng, days)
        self.stochastic = stochastic
        self.countries = sorted({f["country"] for f in tree["facilities"].values() if f["stocks"]})
        self.stocks = [(name, m) for name, f in tree["facilities"].items() for m in f["stocks"]]

    def pick(self, options: list[Any]) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def stock(self) -> Tree:
        """Select one stock."""
        facility, material = self.pick(self.stocks)
        return {"facility": facility, "material": material}

    def curbs(self) -> Tree:
        """Switch regimes, one upon the other, and back."""
        curbed = self.some(self.usual, 0.25)
        banned = self.some(self.usual, 0.1)
        found: Tree = {
            "curb": {"kind": "licence", "regime": "individual", "date": self.date(0.1)},
            "ban": {"kind": "embargo", "date": self.date(0.3), "until": self.date(0.5)},
            "eased": {"kind": "licence", "regime": "special_bulk", "date": self.date(0.75)},
            "mirror": {"kind": "licence", "regime": "individual", "until": self.date(0.9)},
        }
        found["curb"]["select"] = {"link": curbed}
        found["ban"]["select"] = {"link": sorted({*banned, curbed[0]})}
        found["eased"]["select"] = {"link": curbed[: max(1, len(curbed) // 2)]}
        found["mirror"]["select"] = {"link": self.some(self.usual, 0.05)}
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
            "select": {"link": self.some([*self.usual, *self.spare], 0.2)},
            "allow": self.pick(["30 % of baseline", "60 % of baseline", "900 t/month"]),
            "period": self.pick(["week", "month", "quarter"]),
            "share_out": self.pick(["proportional", "first_come"]),
            "carry_over": self.pick([False, False, True]),
            "steps": {self.date(0.4): "70 % of baseline", self.date(0.6): "none", self.date(0.65): "50 t"},
        }
        single = {
            "kind": "quota",
            "date": self.date(0.45),
            "select": {"link": self.some(self.usual, 0.1)},
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
        link = self.links[self.pick(self.usual)]
        return {
            "kind": "emergency_purchase",
            "amount": self.pick(["10 days", "30 t"]),
            "supplier": link["from"],
            "select": {"facility": link["to"], "material": link["material"]},
            "date": self.date(0.12),
            "until": self.date(0.5),
        }


class _Overlaps(_Drawn):
    """Draws curbs on links that others curb already, and reliefs that lift some of them."""

    def __init__(self, tree: Tree, rng: np.random.Generator, days: int) -> None:
        super().__init__(tree, rng, days)
        events = tree["events"]
        self.of = {name: events[name]["select"]["link"] for name in ("curb", "ban", "cap", "cap_each")}

    def mixed(self, *names: str, share: float = 0.6) -> Tree:
        """Select some of the links of some events, at least one of each."""
        chosen = self.some(sorted({link for name in names for link in self.of[name]}), share)
        return {"link": sorted({*chosen, *(self.of[name][0] for name in names)})}

    def curbs(self) -> Tree:
        """Overlap embargoes, licence duties, shared quotas and quotas by link."""
        quota: Tree = {"kind": "quota", "period": "week"}
        return {
            "ban_again": {"kind": "embargo", "date": self.date(0.42), "until": self.date(0.62)}
            | {"select": self.mixed("ban", "curb")},
            "curb_again": {"kind": "licence", "regime": "individual", "date": self.date(0.2)}
            | {"until": self.date(0.7), "select": self.mixed("curb", "cap")},
            "nested": quota
            | {"allow": "45 % of baseline", "date": self.date(0.22), "until": self.date(0.8)}
            | {"select": self.mixed("cap")},  # in proportion: what the last of a queue gets is rounding
            "each_too": quota
            | {"allow": "65 % of baseline", "date": self.date(0.33), "pool": "per_link"}
            | {"carry_over": True, "select": self.mixed("cap_each", "cap", "curb", "ban")},
        }

    def reliefs(self) -> Tree:
        """Lift by name and without, for a time and for good, on the day of a curb, too."""
        relief: Tree = {"kind": "licence", "regime": "special_bulk"}
        return {
            "waived": relief
            | {"lifts": ["curb", "cap"], "date": self.date(0.5), "until": self.date(0.75)}
            | {"select": self.mixed("curb", "cap")},
            "spared": relief | {"date": self.date(0.33), "select": self.mixed("ban", "cap_each", share=0.3)},
            "softened": {"kind": "quota", "allow": "70 % of baseline", "period": "day", "pool": "per_link"}
            | {
                "lifts": "ban",
                "date": self.date(0.36),
                "until": self.date(0.45),
                "select": self.mixed("ban"),
            },
            "phased": {"kind": "licence", "regime": "individual", "date": self.date(0.22)}
            | {"steps": {self.date(0.36): "special_bulk"}, "select": self.mixed("curb", "cap_each", "ban")},
            "swayed": relief
            | {"date": self.date(0.3), "until": self.date(0.85), "select": self.mixed("curb", "cap")}
            | {"steps": {self.date(0.4): "bulk", self.date(0.5): "individual", self.date(0.6): "bulk"}},
            "idle": relief | {"date": self.date(0.34), "lifts": [], "select": self.mixed("ban", "cap")},
        }


class _Policy(_Drawn):
    """Draws the whole policy layer of one world."""

    def __init__(self, tree: Tree, rng: np.random.Generator, days: int) -> None:
        super().__init__(tree, rng, days)
        self.countries = sorted({facility["country"] for facility in tree["facilities"].values()})

    def country(self, facility: str) -> str:
        return str(self.tree["facilities"][facility]["country"])

    # licences ---------------------------------------------------------------------------------

    def let_offices_review(self) -> None:
        """Describe the office of every country, one of them with stages."""
        individual = self.tree["regimes"]["individual"]
        individual |= {"denial": 0.3, "validity": "15 days", "lot": {"m0_0": "contract", "other": "6 days"}}
        individual |= {
            "contract": "20 days",
            "reorder": "auto",
            "filing": {"m0_0": "1 day", "other": "0 days"},
        }
        plain: Tree = {
            "returns": {"probability": 0.3, "time": {"low": "2 days", "high": "6 days"}},
            "partial": {"probability": 0.5, "share": 0.6},
            "limit": "15 days",
            "source": "estimate",
        }
        staged: Tree = {
            "stages": {
                "desk": {"order": 1, "time": {"mean": "2 days", "cv": 0.5}},
                "board": {"order": 2, "examiners": 2, "returns": {"probability": 0.2, "time": "3 days"}},
            },
            "examiners": 3,
            "destinations": {"far": {"countries": self.countries[-2:], "slow_walk": 1.4}},
            "expedite": {"other": 0.4},
            "give_up": 0.3,
            "room": 6,
            "source": "estimate",
        }
        both = [plain, plain | staged]
        self.tree["offices"] = {name: both[i % 2] for i, name in enumerate(self.countries)}

    def office(self) -> Tree:
        """Change the offices while files are under way; let links with a record go free."""
        rush: Tree = {"examiners": 2, "staff": 0.5, "slow_walk": 1.3, "returns": 0.4, "limit": "12 days"}
        select = {"link": self.some(self.usual, 0.8)}
        dates = {"date": self.date(0.15), "until": self.date(0.4)}
        trusted: Tree = {"kind": "licence", "regime": "special_bulk", "record": "needed"}
        return {
            "rush": {"kind": "office", "select": select} | dates | rush,
            "trusted": trusted | {"date": self.date(0.4), "select": {"link": self.some(self.usual, 0.3)}},
        }

    def unlisted(self) -> Tree:
        """Take links that nothing else curbs off the list, and screen them."""
        curbed = {name for event in self.tree["events"].values() for name in event["select"].get("link", [])}
        free = [name for name in self.usual if name not in curbed] or self.usual
        chosen = self.some(free, 0.4)
        for name in chosen:
            del self.links[name]["regime"]
        screen: Tree = {"kind": "catch_all", "screening": 0.6, "lot": "5 days", "select": {"link": chosen}}
        return {"screen": screen | {"date": self.date(0.08), "until": self.date(0.7)}}

    # politics ---------------------------------------------------------------------------------

    def talks(self) -> Tree:
        """Let talks escalate and ease, and let regimes follow."""
        lost: Tree = {"losses": {"starts": {"facility": [*self.tree["facilities"]][-3:]}}}
        easing: Tree = {"to": "dialogue", "from": "embargo", "per_round": 1.0}
        outcomes: Tree = {
            "escalate": {"from": "individual", "to": "embargo", "hazard": "0.4/day", "unless": "summit"},
            "ease": easing | {"covariates": {"summit": 0.5, "starts": 0.1}},
            "restore": {"from": "dialogue", "to": "restored", "hazard": "0.3/day", "requires": "summit"},
        }
        for one in outcomes.values():
            one["source"] = "estimate"
        chosen = self.some(self.usual, 0.1)
        rounds = {"rounds": {"first": {"date": self.date(0.3)}}, "round_rate": "6/year"}
        after: Tree = {"event": "talks", "lag": "2 days"}
        return {
            "summit": {"kind": "condition", "date": self.date(0.25), "until": self.date(0.9)},
            "talks": {"kind": "talks", "date": self.date(0.05), "outcomes": outcomes} | lost | rounds,
            "break": {
                "kind": "embargo",
                "after": after | {"outcome": "escalate"},
                "select": {"link": chosen},
            },
            "peace": {
                "kind": "licence",
                "regime": "special_bulk",
                "after": after | {"outcome": "ease"},
                "select": {"link": chosen},
            },
        }

    def answers(self) -> Tree:
        """Answer a ban by a quota and by licences on links that run the other way."""
        routes = {name: (self.country(x["from"]), self.country(x["to"])) for name, x in self.links.items()}
        back = {name: [one for one in self.usual if routes[one] == routes[name][::-1]] for name in self.usual}
        spark = max(sorted(back), key=lambda name: len(back[name]))
        after: Tree = {"kind": "retaliation", "select": {"link": back[spark]}}
        return {
            "spark": {"kind": "embargo", "date": self.date(0.05), "until": self.date(0.1)}
            | {"select": {"link": [spark]}},
            "tit": after
            | {"regime": "quota", "allow": "40 % of baseline", "period": "week", "until": self.date(0.35)}
            | {"after": {"event": "spark", "lag": {"low": "3 days", "high": "9 days"}}},
            "tat": after
            | {"regime": "individual", "until": self.date(0.75)}
            | {"after": {"event": "spark", "lag": "60 days"}},
        }

    def travel(self) -> Tree:
        """Hinder visits, and let repairs wait for them."""
        rule: Tree = {"kind": "travel", "between": self.countries, "quarantine": "5 days", "factor": 1.5}
        ill: Tree = {"kind": "outage", "remaining": 0.3, "duration": "4 days", "recovery": "3 days"}
        places = {"facility": self.some([*self.tree["facilities"]], 0.2)}
        return {
            "closed": rule | {"date": self.date(0.1), "until": self.date(0.6)},
            "broken": ill | {"service_from": self.countries[0], "date": self.date(0.2), "select": places},
        }

    # behaviour --------------------------------------------------------------------------------

    def behaviour(self) -> Tree:
        """Hoard for a time, ship faster, sell elsewhere."""
        curbed = self.tree["events"]["curb"]["select"]["link"]
        places = sorted({self.links[name]["from"] for name in curbed})
        for name in curbed:
            self.sell_abroad(self.links[name])
        faster: Tree = {"kind": "expedite", "select": {"link": self.some(self.usual, 0.4)}}
        hoard: Tree = {"kind": "stock_target", "target": "+12 days", "half_life": "9 days"}
        select = {"country": self.countries[-2:]}
        return {
            "fear": hoard | {"date": self.date(0.1), "until": self.date(0.7), "select": select},
            "flights": faster | {"factor": 0.5, "date": self.date(0.12), "until": self.date(0.6)},
            "couriers": faster | {"saves": "2 days", "date": self.date(0.2), "until": self.date(0.45)},
            "abroad": {"kind": "diversion", "share": 0.5, "lag": "6 days"}
            | {"date": self.date(0.1), "until": self.date(0.8), "select": {"facility": places}},
        }

    def sell_abroad(self, link: Tree) -> None:
        """Give the supplier of a link final demand for what it makes."""
        facility, key = link["from"], link["process"]
        self.tree["demand"].setdefault(
            f"{link['material']}/{facility}_{key}",
            {"at": facility, "material": link["material"], "process": key, "rate": "40 t/month"},
        )

    def purchases(self) -> Tree:
        """Buy when it gets short, from a supplier at hand."""
        need: Tree = {"kind": "emergency_purchase", "amount": "6 days", "until": self.date(0.8)}
        found = {}
        for number, name in enumerate(self.some(self.usual, 0.1)):
            link = self.links[name]
            select = {"facility": link["to"], "material": link["material"]}
            when = {"cover_below": "12 days", "select": select}
            found[f"need_{number}"] = need | {"supplier": link["from"], "select": select, "when": when}
        return found

    def qualification(self) -> Tree:
        """Qualify alternatives in all the work there is."""
        trial = {"time": {"low": "1 day", "high": "4 days"}, "success": 0.7, "visits": True}
        process: Tree = {
            "search": {"time": "1 day"},
            "sample": {"time": "2 days"},
            "trial": trial,
            "reliability": {"time": "3 days"},
            "risk_production": {"time": "3 days", "share": 0.4, "success": 0.9},
            "ramp": "8 days",
            "steps": {"simple": 0.5, "all": 1.0},
            "attempts": 6,
            "parallel": 2,
            "urgency": {"factor": 3.0, "cover_below": "9 days", "fill_below": 0.9},
        }
        after = {"yield_loss": 0.1, "experience": "20 days", "keeps": 0.7}
        event: Tree = {"kind": "qualification", "select": {"link": self.spare}, "process": process} | after
        return {"work": event | {"date": self.date(0.03)}} if self.spare else {}


def meddle(env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
    """Write through every part of the door, and take back what can be taken back."""
    known = [name for name in world.links if "/outside_" not in name]
    link, other = known[0], known[-1]
    yield world.until(11.0)
    world.set_regime(link, "mine", "individual")
    world.grant(link, 7.5)
    world.buy(other, 12.0)
    world.set_cover(world.stocks[0], 17.0)
    world.set_capacity(world.processes[-1], "mine", 0.7)
    world.set_demand(world.demands[0], "mine", 1.3)
    yield world.until(40.5)
    world.set_regime(other, "mine", "embargo")
    world.grant(other, 4.0)
    world.note("meddled")
    yield world.until(60, ending=True)
    for name in (link, other):
        world.set_regime(name, "mine", None)
    world.set_capacity(world.processes[-1], "mine", None)
    world.set_demand(world.demands[0], "mine", None)
