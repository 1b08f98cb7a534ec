"""What tables leave open, filled in, and every such assumption in words.

A topic (`final_demand`, `recipes`, ...) has one text; worlds keep them under `meta.assumptions`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import Problem, ScenarioError, named
from sim.network.large.edge_list import CheckedTable, TableLike, check_tables
from sim.scenario.validation.network import TOLERANCE
from sim.types import Floats

ROUNDING_ERROR = 1e-9  # of a sum of shares
FEW = 5  # names that a sentence lists
DEFAULTS_SAID = ("lead_time_days", "cover_days", "headroom")


class Assumptions(dict[str, str]):
    """Sentences by topic, in the order in which they were first said.

    Examples
    --------
    >>> said = Assumptions()
    >>> said.say("names", "'a ' is written 'a'.")
    >>> said
    {'names': "'a ' is written 'a'."}
    """

    def say(self, topic: str, sentence: str) -> None:
        """Add a sentence to a topic, once."""
        before = self.get(topic, "")
        if sentence not in before:
            self[topic] = f"{before} {sentence}".strip()


@dataclass(frozen=True, eq=False)
class WholeTables:
    """Links and firms with every column that a network needs, and what was assumed for it."""

    links: pd.DataFrame
    firms: pd.DataFrame
    said: Assumptions


def few(names: Iterable[Any]) -> str:
    """List names, the first ones of many.

    Examples
    --------
    >>> few("abc"), few("abcdefgh")
    ('a, b, c', 'a, b, c, d, e and 3 more')
    """
    return named(names, FEW)


def read_tables(edges: TableLike, firms: TableLike | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check an edge list and its firms; columns left out are filled."""
    whole = whole_tables(edges, firms)
    return whole.links, whole.firms


def whole_tables(
    edges: TableLike,
    firms: TableLike | None,
    said: Assumptions | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> WholeTables:
    """Read and check an edge list and its firms; fill what is left out and say how.

    Raises
    ------
    ScenarioError
        With the first 20 mistakes of each table and the number of the others.
    """
    said = Assumptions() if said is None else said
    links, places = check_tables(edges, firms, tolerance)
    for table in (links, places):
        _say_form(table, said)
    if firms is None:
        said.say("firms", "There is no table of firms: all stand in XX and make goods, from what they buy.")
    given = set(map(str, links.frame))
    edges_, firms_ = links.filled(), places.filled()
    traded = _traded(edges_, firms_) if "amount_per_day" in given else None
    firms_ = _with_demand(firms_, edges_, traded, said)
    if traded is not None:
        edges_, firms_ = _without_dead_ends(edges_, firms_, traded, said)
        _require_demand(places, firms_)
    _require_backups(places, edges_, firms_)
    _say_shares(edges_, firms_, given, said)
    _say_recipes(edges_, firms_, given, said)
    _say_defaults(links, places, said)
    return WholeTables(edges_, firms_, said)


def _say_form(table: CheckedTable, said: Assumptions) -> None:
    """Say how a file was read where that is not the usual way."""
    words = [word for word in (table.form, "decimal comma" if table.decimal == "," else "") if word]
    if words:
        said.say("files", f"{Path(table.name).name} was read as {', '.join(words)}.")


@dataclass(frozen=True, eq=False)
class Traded:
    """What each firm sells to others and buys from them, a day."""

    sold: Floats
    bought: Floats


def _traded(links: pd.DataFrame, firms: pd.DataFrame) -> Traded:
    places = pd.Index(firms["id"].to_numpy(dtype=object))
    amount = links["amount_per_day"].to_numpy(dtype=np.float64)

    def sums(column: str) -> Floats:
        rows = places.get_indexer(pd.Index(links[column].to_numpy(dtype=object)))
        return np.bincount(rows, weights=amount, minlength=len(firms)).astype(np.float64)

    return Traded(sums("supplier"), sums("buyer"))


def _with_demand(
    firms: pd.DataFrame, links: pd.DataFrame, traded: Traded | None, said: Assumptions
) -> pd.DataFrame:
    """Let firms without a buyer sell to final users where no final demand is given.

    With amounts they sell as much as they buy, so that amounts keep their size; else one unit a day.
    """
    if "final_demand_per_day" in firms:
        return firms
    sellers = pd.Index(links["supplier"].to_numpy(dtype=object)).unique()
    last = sellers.get_indexer(pd.Index(firms["id"].to_numpy(dtype=object))) < 0
    if traded is None:
        final, much = np.where(last, 1.0, 0.0), "1 unit a day each"
    else:
        last = traded.sold == 0.0
        final, much = np.where(last, traded.bought, 0.0), "as much as they buy in all"
    names = few(firms["id"][final > 0.0])
    said.say(
        "final_demand",
        f"No table gives final demand (column final_demand_per_day): those without a buyer ({names}) sell "
        f"{much} to final users.",
    )
    return firms.assign(final_demand_per_day=final)


def _without_dead_ends(
    links: pd.DataFrame, firms: pd.DataFrame, traded: Traded, said: Assumptions
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count what goes to firms that sell nothing as final demand; drop links of which nothing is bought."""
    ids = firms["id"].to_numpy(dtype=object)
    final = firms["final_demand_per_day"].to_numpy(dtype=np.float64)
    dead = (traded.sold + final == 0.0) & (traded.bought > 0.0)
    to_dead = links["buyer"].isin(ids[dead]).to_numpy(dtype=bool)
    if dead.any():
        places = pd.Index(ids)
        rows = places.get_indexer(pd.Index(links["supplier"][to_dead].to_numpy(dtype=object)))
        amount = links["amount_per_day"].to_numpy(dtype=np.float64)[to_dead]
        firms = firms.assign(final_demand_per_day=final + np.bincount(rows, amount, minlength=len(ids)))
        said.say(
            "buyers_only",
            f"{few(ids[dead])} buy {traded.bought[dead].sum():,.6g} a day in all and sell nothing: what they "
            "buy counts as final demand at their suppliers, and they stand idle.",
        )
        links = links[~to_dead]
    material = dict(zip(ids, firms["material"], strict=True))
    stock = [links["buyer"], links["supplier"].map(material)]
    bought = links["amount_per_day"].groupby(stock).transform("sum").to_numpy() > 0.0
    if not bought.all():
        empty = links[~bought]
        pairs = few(empty["supplier"] + " to " + empty["buyer"])
        said.say(
            "empty_links",
            f"Dropped: {len(empty):,} links of a material of which nothing is bought ({pairs}).",
        )
    return links[bought].reset_index(drop=True), firms


def _require_demand(places: CheckedTable, firms: pd.DataFrame) -> None:
    if firms["final_demand_per_day"].sum() <= 0.0:
        remedy = "write it for who sells to users, in the column final_demand_per_day"
        raise ScenarioError(
            [Problem(places.name, max(0, places.first - 1), 0, "", "nobody has final demand", remedy)]
        )


def _require_backups(places: CheckedTable, links: pd.DataFrame, firms: pd.DataFrame) -> None:
    """Report suppliers that carry nothing on the baseline and have no capacity of their own."""
    carries = links["share" if "share" in links else "amount_per_day"] > 0.0 if _given(links) else None
    if carries is None:
        return
    idle = ~firms["id"].isin(links["supplier"][carries]) & (firms["final_demand_per_day"] == 0.0)
    idle &= firms["id"].isin(links["supplier"])
    capacity = firms.get("capacity_per_day")
    bare = idle if capacity is None else idle & ~(capacity > 0.0)
    problems = [
        Problem(
            places.name,
            int(places.frame.index[row]) + places.first,
            "capacity_per_day",
            "",
            f"'{firms['id'].iloc[row]}' supplies nothing on the baseline: a backup of unknown capacity",
            "write how much it can make a day in a column capacity_per_day, or leave its links out",
        )
        for row in np.flatnonzero(bare).tolist()
    ]
    if problems:
        raise ScenarioError(problems)


def _given(links: pd.DataFrame) -> bool:
    return "share" in links or "amount_per_day" in links


def _say_shares(links: pd.DataFrame, firms: pd.DataFrame, given: set[str], said: Assumptions) -> None:
    if "share" in given:
        material = dict(zip(firms["id"], firms["material"], strict=True))
        sums = links["share"].groupby([links["buyer"], links["supplier"].map(material)]).sum()
        off = sums[(sums - 1.0).abs() > ROUNDING_ERROR]
        if len(off):
            texts = [
                f"{what} at {buyer} {total:.6g}"
                for (buyer, what), total in zip(off.index.tolist(), off, strict=True)
            ]
            said.say("shares", f"Scaled to sum to 1: shares of {few(texts)}.")
    if not given & {"share", "amount_per_day"} and links["buyer"].duplicated().any():
        said.say("shares", "No table gives shares or amounts: the suppliers of a material have equal shares.")


def _say_recipes(links: pd.DataFrame, firms: pd.DataFrame, given: set[str], said: Assumptions) -> None:
    if "amount_per_day" in given:
        said.say(
            "recipes",
            "What a unit of output takes of each material is the amount bought over the amount sold"
            f"{_largest_recipe(links, firms)}.",
        )
    elif "per_unit" not in given:
        said.say(
            "recipes",
            "No table gives what a unit of output takes (column per_unit): equal parts of its materials, "
            "1 unit in all.",
        )


def _largest_recipe(links: pd.DataFrame, firms: pd.DataFrame) -> str:
    """Name the largest use of a material per unit made."""
    if not len(links):
        return ""
    traded = _traded(links, firms)
    made = traded.sold + firms["final_demand_per_day"].to_numpy(dtype=np.float64)
    material = dict(zip(firms["id"], firms["material"], strict=True))
    uses = links["amount_per_day"].groupby([links["buyer"], links["supplier"].map(material)]).sum()
    rates = uses / uses.index.get_level_values(0).map(dict(zip(firms["id"], made, strict=True)))
    rates = rates[np.isfinite(rates.to_numpy(dtype=np.float64))]
    if not len(rates):
        return ""
    buyer, what = rates.index[int(rates.to_numpy().argmax())]
    return f" (at most {rates.max():,.4g}, of {what} by {buyer})"


def _say_defaults(links: CheckedTable, places: CheckedTable, said: Assumptions) -> None:
    """Say which numbers stand for columns that no table has."""
    absent = {**links.absent(), **places.absent()}
    texts = [f"{name} {absent[name]:g}" for name in DEFAULTS_SAID if name in absent]
    if texts:
        said.say("defaults", f"Left out, and so for all: {', '.join(texts)}.")
