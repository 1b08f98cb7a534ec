"""The answer of a run in words: who loses what, when, why and with what chance, computed from the numbers."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.errors import listed
from sim.reporting.loss_tables import LEAST_DAYS_OF_OTHERS, LEAST_SHORTAGE
from sim.reporting.premises import assumptions, premises
from sim.results.estimates import ANY_LOSS, Estimate, summarise
from sim.results.loss_summary import Loss, Titles, by_country, losses
from sim.results.numbers import (
    amount,
    chance,
    counted,
    dates,
    first_few,
    money,
    number,
    percent,
    tilt,
)
from sim.results.restricted import GroupWords, group_words
from sim.results.result import Result
from sim.types import Floats

MOST_IN_FULL = 4  # processes with a paragraph each
MOST_IN_BRIEF = 8  # further ones, in a line together
MOST_CAUSES = 2  # of a loss
LEAST_CAUSE = 0.05  # of a loss, to be named
AT_BASE_PRICES = "Added up at base prices, with goods that others make further counted at every stage"


def words(result: Result) -> str:
    """Return the answer of a run, one paragraph a line."""
    if not (result.values("process", "lost_days_gross") > ANY_LOSS).any():
        nothing = f"Any process below its baseline on any day: {chance(0, result.replications)}."
        parts = [_opening(result), *premises(result), nothing]
        return "\n".join([*parts, *_demand(result), *assumptions(result)])
    about = group_words(result.scenario.document)
    users = losses(result, result.labels.exposed)
    parts = [_opening(result), *premises(result), *_users(result, users, about), *_unharmed(result, users)]
    rest = [*_suppliers(result, about), *_others(result), *_demand(result), *assumptions(result)]
    return "\n".join([*parts, *rest])


def _opening(result: Result) -> str:
    done = result.replications
    stopped = f" The run was {result.interrupted}." if result.interrupted else ""
    ranges = "One replication has no range." if done == 1 else "Ranges in parentheses hold 95 % of them."
    return (
        f"{result.title}: {counted(done, 'replication')}, each against the same replication without what the "
        f"scenario adds, over {result.labels.days:,} days, from {result.labels.start} to {result.horizon}. "
        f"Gross loss: what is not made while output is below the baseline; net loss: less what is made up by "
        f"{result.horizon}. {ranges}{stopped} {why_it_ended(result.manifest)}".rstrip()
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
    rule = manifest.get("sequential")
    if not rule:
        return ""
    asked = f"Precision of {percent(rule['precision'])}, or {rule['floor_days']:g} days"
    runs = counted(manifest["replications"], "replication")
    if rule["stopped"] == "reached":
        return f"{asked}: reached with {runs}."
    within = f"{rule['within']} of {rule['measures']} losses are within it"
    widest = f"the widest ({rule['widest']}) is {rule['widest_over_bound']:.1f} times as wide"
    return f"{asked}: not reached with {runs}, the most allowed; {within}, {widest}."


def _users(result: Result, users: Sequence[Loss], about: GroupWords) -> list[str]:
    """Describe the losses of users: their sum by country, the largest in full, others in brief."""
    if not users:
        return [f"No process {about.user}, so that nobody is exposed to a treatment."]
    losing = [loss for loss in users if loss.loses]
    if not losing:
        return [f"No process that {about.user} loses output on average."]
    lines = [f"{_how_many(len(losing), len(users), about)}.{_sums(result, users)}"]
    lines += [_in_full(loss, result) for loss in losing[:MOST_IN_FULL]]
    brief = [
        f"{loss.title}, {loss.country}: {_days(loss.gross)}, {chance(loss.ever, result.replications)}"
        for loss in losing[MOST_IN_FULL:]
    ]
    if brief:
        lines.append(f"Smaller gross losses, in days of output: {first_few(brief, MOST_IN_BRIEF)}.")
    return lines


def _how_many(losing: int, users: int, about: GroupWords) -> str:
    if users == 1:
        return f"The only process that {about.user} loses output on average"
    verb = "loses" if losing == 1 else "lose"
    return f"{losing} of {users} processes that {about.users} {verb} output on average"


def _in_full(loss: Loss, result: Result) -> str:
    """Say how much a process loses, gross and net, with what chance, when and why."""
    causes = [f"{cause} ({percent(share)})" for cause, share in loss.causes if share >= LEAST_CAUSE]
    gross = f"{_days(loss.gross)} of output{_worth(loss.gross_value, result)}"
    sentences = (
        f"{loss.title}, {loss.country}, loses {gross}, gross; {_net(loss, result)}.",
        f"Over all structures of the model the gross loss is {_days(loss.wide)}." if loss.wide else "",
        _holds_none(loss),
        tilt(loss.gross, "days"),
        _short(loss, result),
        f"Lost starts are held back by {listed(causes[:MOST_CAUSES])}." if causes else "",
    )
    return " ".join(filter(None, sentences))


def _net(loss: Loss, result: Result) -> str:
    """Say what is left of a loss at the end of the run."""
    left = f"net of what is made up by {result.horizon}"
    if loss.ends == 0:
        return f"{left}, nothing in any replication"
    if loss.net.mean < 0.0:
        return f"by {result.horizon} it makes {more_or_less(loss.net)}"
    return f"{left}, {_days(loss.net)}{_worth(loss.value, result, priced='')}"


def _days(days: Estimate) -> str:
    return amount(days.mean, days.low, days.high, days.error, "days")


def _money(value: Estimate, currency: str) -> str:
    return money(value.mean, value.low, value.high, value.error, currency)


def _worth(value: Estimate, result: Result, priced: str = " at base prices") -> str:
    text = _money(value, result.labels.currency)
    return f", {text}{priced}" if value.replications and text != "nothing" else ""


def _holds_none(loss: Loss) -> str:
    """Say that the range over parameters and chance, or that over structures as well, holds 0."""
    ranges = [days for days in (loss.gross, loss.wide) if days and days.high > days.low]
    holds = [days.low <= 0.0 <= days.high for days in ranges]
    if not any(holds):
        return ""
    which = "Both ranges include" if len(holds) == 2 and all(holds) else "The range includes"
    which = "The wider range includes" if len(holds) == 2 and not holds[0] else which
    return f"{which} no loss at all."


def _short(loss: Loss, result: Result) -> str:
    """Say how often output is short at all, made up later or not, and on which days it begins."""
    start = datetime.date.fromisoformat(result.labels.start)
    events = {
        "starts are first held back by a material": loss.held_back,
        "output is first lost": loss.lost,
    }
    texts = [f"{words} {_on(days, start)}" for words, days in events.items() if np.isfinite(days).any()]
    if loss.stops:
        texts.append(
            f"starts stop {chance(loss.stops, result.replications)}, first {_on(loss.stopped, start)}"
        )
    dates = f" Its {'; '.join(texts)}." if texts else ""
    if_so = f"; if so, it loses {_days(loss.given)}" if loss.ever < result.replications else ""
    return f"Its output falls short at some time {chance(loss.ever, result.replications)}{if_so}.{dates}"


def _on(days: Floats, start: datetime.date) -> str:
    """Write on which day something first happens, or in which month where that is all that can be said."""
    when = dates(days, start)
    return f"{'in' if len(when.partition(' ')[0]) == len('2019-07') else 'on'} {when}"


def _sums(result: Result, users: Sequence[Loss]) -> str:
    """Add up what users lose by country, at base prices, and over model structures where they were varied."""
    gross, net = (_by_country(result, users, measure) for measure in ("lost_value_gross", "lost_value"))
    if not gross:
        return ""
    lose, by = "users lose, gross,", f"net of what is made up by {result.horizon}, {net or 'nothing'}"
    if "structure" in result.arrays and result.lost_unit == result.labels.currency:
        wide = _money(summarise(result.lost_by_users(structure=True)), result.labels.currency)
        return (
            f" {AT_BASE_PRICES}, {lose} {wide} over parameters, chance and model structure together; "
            f"with the structure as written, {gross}; {by}."
        )
    return f" {AT_BASE_PRICES}, {lose} {gross}; {by}."


def _by_country(result: Result, users: Sequence[Loss], measure: str) -> str:
    """Write what users of each country lose, where it is more than nothing."""
    sums = by_country(result, [loss.process for loss in users], measure)
    lost = [(country, value) for country, value in sums.items() if value.mean > 0.0]
    return "; ".join(f"{_money(value, result.labels.currency)} in {country}" for country, value in lost)


def _unharmed(result: Result, users: Sequence[Loss]) -> list[str]:
    """Say which users do not lose, at all or on average."""
    replications = result.replications
    kinds: dict[str, list[str]] = {
        f"Never short in {counted(replications, 'replication')}": [x.title for x in users if x.ever == 0],
        "Next to nothing on average, though short at times": [
            f"{x.title}, {chance(x.ever, replications)}" for x in users if x.ever > 0 and not x.loses
        ],
    }
    return [f"{kind}: {'; '.join(texts)}." for kind, texts in kinds.items() if texts]


def more_or_less(net: Estimate) -> str:
    """Write a change of output in days, and whether its sign is the same over the range.

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


def _suppliers(result: Result, about: GroupWords) -> list[str]:
    """Say what suppliers, or plants that are hit, lose gross, and make less or more by the end."""
    suppliers = losses(result, result.labels.suppliers)
    changed = [loss for loss in suppliers if loss.ever > 0 or loss.net.mean != 0.0]
    if not changed:
        return []
    names = [loss.process for loss in suppliers]
    net, by = by_country(result, names, "lost_value"), f"by {result.horizon}"
    sums = ". ".join(
        f"Processes in {country} that {about.suppliers} lose {_money(value, result.labels.currency)} at base "
        f"prices, gross; {by} they make {_change_of_value(net[country], result.labels.currency)}"
        for country, value in by_country(result, names).items()
    )
    each = [
        f"{loss.title}, {loss.country}, {_days(loss.gross)}, net {more_or_less(loss.net)}" for loss in changed
    ]
    head = f"{sums}. " if sums else ""
    return [f"{head}Days of output that each loses, gross, and net {by}: {first_few(each, MOST_IN_BRIEF)}."]


def _change_of_value(value: Estimate, currency: str) -> str:
    """Write a change of value at base prices, and whether its sign is the same over the range."""
    sign, word = (1.0, "less") if value.mean >= 0.0 else (-1.0, "more")
    low, high = sorted((sign * value.low, sign * value.high))
    text = money(sign * value.mean, low, high, value.error, currency)
    if text == "nothing":
        return "as much as in the baseline"
    note = ": no change is within the range" if low < 0.0 < high else ""
    return f"{text} {word} at base prices{note}"


def _others(result: Result) -> list[str]:
    """Say which other processes lose most, up or down the chain."""
    labels = result.labels
    known = {*labels.exposed, *labels.suppliers}
    lost = result.values("process", "lost_days_gross").mean(axis=0)
    names = [
        name
        for p, name in enumerate(labels.processes)
        if name not in known and lost[p] >= LEAST_DAYS_OF_OTHERS
    ]
    texts = [f"{loss.title}, {loss.country}, {_days(loss.gross)}" for loss in losses(result, names)]
    return [f"Other processes that lose output, gross: {first_few(texts, MOST_IN_FULL)}."] if texts else []


def _demand(result: Result) -> list[str]:
    if not result.labels.demands:
        return []
    rate, replications = result.values("demand", "fill_rate"), result.replications
    short = np.nan_to_num(1.0 - rate) > LEAST_SHORTAGE
    if not short.any():
        return [f"Final demand short of what was asked for: {chance(0, replications)}."]
    titles, document = Titles(result), result.scenario.document
    order = sorted(range(rate.shape[1]), key=lambda i: float(np.nan_to_num(rate[:, i], nan=1.0).mean()))
    texts = []
    for i in [i for i in order if short[:, i].any()][:MOST_IN_FULL]:
        entry, served = document.demand[result.labels.demands[i]], summarise(rate[:, i]).scaled(0.01)
        share = amount(served.mean, served.low, served.high, served.error, "%")
        name = f"{titles.material(entry.material)} of {titles.facility(entry.at)}"
        texts.append(f"{name}, {share} served on time, short {chance(int(short[:, i].sum()), replications)}")
    count, buyers = int(short.any(axis=0).sum()), counted(rate.shape[1], "buyer")
    return [f"Final demand is short at some time for {count} of {buyers}: {'; '.join(texts)}."]
