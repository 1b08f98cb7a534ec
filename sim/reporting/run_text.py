"""The answer of a run in words: who loses what, when, why and with what chance, computed from the numbers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.results.estimates import ANY_LOSS, Estimate, summarise
from sim.results.loss_summary import Loss, Titles, by_country, losses
from sim.results.numbers import amount, chance, counted, dates, listed, money, number, percent, tilt
from sim.results.result import Result

IN_FULL = 4  # processes that are told at length
IN_BRIEF = 8  # further ones, in a line each
NOTICED = 0.5  # mean days of output from which processes further along the chain are told
CAUSES = 2  # at most, of a loss
LEAST_CAUSE = 0.05  # of a loss, to be named


def words(result: Result) -> str:
    """Return the answer of a run, one paragraph a line."""
    labels = result.labels
    if not (result.values("process", "lost_days_gross") > ANY_LOSS).any():
        return "\n".join([_opening(result), _nothing(result), *_demand(result)])
    users = losses(result, labels.exposed)
    parts = [_opening(result), *_users(result, users), *_unharmed(result, users)]
    return "\n".join([*parts, *_suppliers(result), *_others(result), *_demand(result)])


def _opening(result: Result) -> str:
    done, asked = result.replications, result.manifest["replications_asked"]
    stopped = f" The run was stopped early: {asked:,} were asked for." if done != asked else ""
    range_ = " One future has no range." if done == 1 else " Ranges in parentheses hold 95 % of them."
    return (
        f"{result.title}: {counted(done, 'future')}, each against the same future without what the scenario "
        f"adds, over {result.labels.days:,} days from {result.labels.start}.{range_}{stopped}"
        f" {why_it_ended(result.manifest)}".rstrip()
    )


def why_it_ended(manifest: dict[str, Any]) -> str:
    """Say why a run ended, or nothing where no precision was asked for.

    Examples
    --------
    >>> why_it_ended(
    ...     {"replications": 256, "sequential": {"precision": 0.05, "floor_days": 0.1, "stopped": "reached"}}
    ... )
    'Precision of 5 %, or 0.1 days: reached with 256 replications.'
    """
    found = manifest.get("sequential")
    if not found:
        return ""
    asked = f"Precision of {percent(found['precision'])}, or {found['floor_days']:g} days"
    runs = counted(manifest["replications"], "replication")
    if found["stopped"] == "reached":
        return f"{asked}: reached with {runs}."
    within = f"{found['within']} of {found['measures']} losses are within it"
    widest = f"the widest ({found['widest']}) is {found['widest_over_bound']:.1f} times as wide"
    return f"{asked}: not reached with {runs}, the most allowed; {within}, {widest}."


def _nothing(result: Result) -> str:
    return f"Any process below its baseline on any day: {chance(0, result.replications)}."


def _users(result: Result, users: Sequence[Loss]) -> list[str]:
    """Tell of the users of what is curbed: the sum by country, the dearest at length, the others in brief."""
    if not users:
        return ["No process draws on a link that a treatment acts on."]
    losing = [x for x in users if x.loses]
    if not losing:
        return ["No process that uses what is curbed makes less than its baseline, on average, by the end."]
    lines = [f"{_how_many(len(losing), len(users))}, net of what is made up later.{_sums(result, users)}"]
    lines += [at_length(x, result) for x in losing[:IN_FULL]]
    brief = [f"{x.title}, {x.country}: {_days(x.net)}, {_ends(x, result)}" for x in losing[IN_FULL:]]
    if brief:
        more = len(brief) - IN_BRIEF
        tail = f"; and {more} more" if more > 0 else ""
        lines.append(f"Less dear, in days of output: {listed(brief[:IN_BRIEF], ';')}{tail}.")
    return lines


def _how_many(losing: int, users: int) -> str:
    if users == 1:
        return "The only process that uses what is curbed loses output on average"
    verb = "loses" if losing == 1 else "lose"
    return f"{losing} of {users} processes that use what is curbed {verb} output on average"


def at_length(x: Loss, result: Result) -> str:
    """Tell how much a process loses, with what chance, when and why."""
    return " ".join(
        part
        for part in (
            f"{x.title}, {x.country}, loses {_days(x.net)} of output{_worth(x, result)}.",
            f"Over all structures of the model it is {_days(x.wide)}." if x.wide else "",
            _holds_none(x),
            tilt(x.net, "days"),
            f"It ends with less than its baseline {_ends(x, result)}{_if_any(x)}.",
            _short(x, result),
            _held_back(x),
        )
        if part
    )


def _days(found: Estimate) -> str:
    return amount(found.mean, found.low, found.high, found.error, "days")


def _worth(x: Loss, result: Result) -> str:
    v = x.value
    told = money(v.mean, v.low, v.high, v.error, result.labels.currency)
    return f", {told} at base prices" if v.replications and told != "nothing" else ""


def _holds_none(x: Loss) -> str:
    """Say that the range over parameters and chance, or that over structures as well, holds 0."""
    ranges = [found for found in (x.net, x.wide) if found and found.high > found.low]
    holds = [found.low <= 0.0 <= found.high for found in ranges]
    if not any(holds):
        return ""
    which = "Both ranges include" if len(holds) == 2 and all(holds) else "The range includes"
    which = "The wider range includes" if len(holds) == 2 and not holds[0] else which
    return f"{which} no loss at all."


def _ends(x: Loss, result: Result) -> str:
    return chance(x.ends, result.replications)


def _if_any(x: Loss) -> str:
    """Give the size of a loss apart from its chance, where the two differ."""
    return f"; if so, it lacks {_days(x.given)}" if x.ends < x.net.replications else ""


def _short(x: Loss, result: Result) -> str:
    """Tell when and how often output is short at all, made up later or not."""
    when = dates(x.first, datetime.date.fromisoformat(result.labels.start))
    first = f"; a material first holds it back on {when}" if when != "never" else ""
    first = first.replace(" on ", " in ") if len(when.partition(" ")[0]) == 7 else first
    return f"Its output falls short at some time {chance(x.ever, result.replications)}{first}; {_before(x)}."


def _before(x: Loss) -> str:
    return f"before catch-up it loses {_days(x.gross)}"


def _held_back(x: Loss) -> str:
    told = [f"{cause} ({percent(share)})" for cause, share in x.causes[:CAUSES] if share >= LEAST_CAUSE]
    return f"Lost starts are held back by {listed(told)}." if told else ""


def _sums(result: Result, users: Sequence[Loss]) -> str:
    """Add up what users lose by country, at base prices."""
    told = [
        f"{money(v.mean, v.low, v.high, v.error, result.labels.currency)} in {country}"
        for country, v in by_country(result, [x.process for x in users]).items()
        if v.mean > 0.0
    ]
    if not told:
        return ""
    how = "Added up at base prices, with goods that others make further counted at every stage"
    wide = _wide_sum(result)
    if wide:
        how = f"{how}, users lose {wide} over parameters, chance and model structure together"
        return f" {how}; with the structure as written, {listed(told, ';')}."
    return f" {how}, users lose {listed(told, ';')}."


def _wide_sum(result: Result) -> str:
    """Add up what users lose over model structures as well; empty where they were not varied."""
    if "structure" not in result.arrays or result.lost_unit != result.labels.currency:
        return ""
    v = summarise(result.lost_by_users(structure=True))
    return money(v.mean, v.low, v.high, v.error, result.labels.currency)


def _unharmed(result: Result, users: Sequence[Loss]) -> list[str]:
    """Tell who uses what is curbed and does not lose, by the end or at all."""
    never = [x.title for x in users if x.ever == 0]
    made_up = [x for x in users if x.ever > 0 and x.ends == 0]
    even = [x for x in users if x.ends > 0 and x.even]
    gain = [x for x in users if x.ends > 0 and not (x.loses or x.even)]
    lines = []
    if never:
        lines.append(f"Never short in {counted(result.replications, 'future')}: {listed(never, ';')}.")
    if made_up:
        told = [f"{x.title}, {chance(x.ever, result.replications)}" for x in made_up]
        lines.append(f"Short at times, but all of it is made up: {listed(told, ';')}.")
    if even:
        told = [f"{x.title}, less {_ends(x, result)}" for x in even]
        lines.append(f"No change on average, though less in some futures: {listed(told, ';')}.")
    if gain:
        told = [f"{x.title}, {more_or_less(x.net)}" for x in gain]
        lines.append(f"More than the baseline on average, though less in some futures: {listed(told, ';')}.")
    return lines


def more_or_less(net: Estimate) -> str:
    """Tell a change of output in days, and whether its sign is the same over the range.

    Examples
    --------
    >>> more_or_less(Estimate(-24.0, -20.0, -102.0, 18.6, 7.6, 20))
    '20 days more (range from 100 days more to 20 days less: no change is within it)'
    >>> more_or_less(Estimate(231.0, 219.0, 104.0, 336.0, 16.0, 20))
    '230 days less (100 to 340)'
    """
    unit, word = net.unit, "less" if net.mean > 0.0 else "more"
    size = f"{number(abs(net.mean), unit)} days {word}"
    if net.replications < 2 or net.high <= net.low:
        return size
    if net.low < 0.0 < net.high:
        ends = f"{number(-net.low, unit)} days more to {number(net.high, unit)} days less"
        return f"{size} (range from {ends}: no change is within it)"
    low, high = sorted((abs(net.low), abs(net.high)))
    return f"{size} ({number(low, unit)} to {number(high, unit)})"


def _suppliers(result: Result) -> list[str]:
    """Tell what suppliers of what is curbed make less or more, and in which country."""
    found = losses(result, result.labels.suppliers)
    changed = [x for x in found if x.ever > 0 or x.net.mean != 0.0]
    if not changed:
        return []
    sums = [
        f"in {country} make {_change_of_value(v, result.labels.currency)}"
        for country, v in by_country(result, [x.process for x in found]).items()
    ]
    head = f"Suppliers of what is curbed {listed(sums, ';')}. " if sums else ""
    each = [f"{x.title}, {x.country}, {more_or_less(x.net)}" for x in changed[:IN_BRIEF]]
    more = f"; and {len(changed) - IN_BRIEF} more" if len(changed) > IN_BRIEF else ""
    return [f"{head}Output of each supplier: {listed(each, ';')}{more}."]


def _change_of_value(v: Estimate, currency: str) -> str:
    """Tell a change of value at base prices, and whether its sign is the same over the range."""
    sign, word = (1.0, "less") if v.mean >= 0.0 else (-1.0, "more")
    low, high = sorted((sign * v.low, sign * v.high))
    told = money(sign * v.mean, low, high, v.error, currency)
    if told == "nothing":
        return "as much as in the baseline"
    note = ": no change is within the range" if low < 0.0 < high else ""
    return f"{told} {word} at base prices{note}"


def _others(result: Result) -> list[str]:
    """Tell which other processes lose most, up or down the chain."""
    known = {*result.labels.exposed, *result.labels.suppliers}
    lost = result.values("process", "lost_days").mean(axis=0)
    names = [n for p, n in enumerate(result.labels.processes) if n not in known and lost[p] >= NOTICED]
    found = losses(result, names)
    if not found:
        return []
    told = [f"{x.title}, {x.country}, {_days(x.net)}" for x in found[:IN_FULL]]
    more = f"; and {len(found) - IN_FULL} more" if len(found) > IN_FULL else ""
    return [f"Other processes that lose output: {listed(told, ';')}{more}."]


def _demand(result: Result) -> list[str]:
    """Tell how much final demand goes unserved."""
    if not result.labels.demands:
        return []
    rate = result.values("demand", "fill_rate")
    short = np.nan_to_num(1.0 - rate) > 1e-6
    futures = result.replications
    if not short.any():
        return [f"Final demand short of what was asked for: {chance(0, futures)}."]
    titles, document = Titles(result), result.scenario.document
    order = sorted(range(rate.shape[1]), key=lambda i: float(np.nan_to_num(rate[:, i], nan=1.0).mean()))
    told = []
    for i in [i for i in order if short[:, i].any()][:IN_FULL]:
        entry, served = document.demand[result.labels.demands[i]], summarise(rate[:, i]).scaled(0.01)
        share = amount(served.mean, served.low, served.high, served.error, "%")
        name = f"{titles.material(entry.material)} of {titles.facility(entry.at)}"
        told.append(f"{name}, {share} served on time, short {chance(int(short[:, i].sum()), futures)}")
    count, of = int(short.any(axis=0).sum()), rate.shape[1]
    return [f"Final demand is short at some time for {count} of {counted(of, 'buyer')}: {listed(told, ';')}."]
