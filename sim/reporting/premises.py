"""What an answer rests on and does not show by itself: ranges that were replaced, and draws of chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.errors import listed
from sim.network import distributions
from sim.network.binding import loose_quotas
from sim.results.numbers import chance, counted, first_few, number, percent, with_unit
from sim.results.result import Result
from sim.runner.draws import number as base_number
from sim.runner.draws import read_range
from sim.scenario import Scenario
from sim.scenario.inheritance.relative_changes import has_signs, node_at
from sim.scenario.paths import get, split
from sim.scenario.schema.document import Document, Range
from sim.scenario.schema.events import TalksEvent
from sim.scenario.schema.field_types import FORM_KEYS, Distribution
from sim.scenario.statements import assumed
from sim.scenario.statements.periods import outside
from sim.scenario.titles import range_text
from sim.scenario.yaml_files import yaml_text
from sim.units import time_factor

MOST_NAMED = 3  # values of one kind in a sentence
MOST_EVENTS = 8
MOST_ASSUMED = 6  # sentences about what scenarios do not say
WHOLE_FROM = 10.0  # means are written without decimals


class ReplacedRange(NamedTuple):
    """A value that is certain because it was written anew, and the range that it ended."""

    path: str
    value: str
    was: str  # `mean 48 days`, or its numbers where it has no mean
    in_days: bool  # whether `+5 days` would have moved it


def replaced_ranges(scenario: Scenario) -> list[ReplacedRange]:
    """List the values of a scenario that were written anew where they had a range."""
    found = []
    for path, entry in scenario.tree.get("uncertain", {}).items():
        value = get(scenario.tree, split(path))
        is_law = isinstance(value, dict) and bool(FORM_KEYS & value.keys())  # written anew since then
        if entry.get("fixed") and entry.get("replaced") and value is not None and not is_law:
            text = yaml_text(value).strip('"')
            was, in_days = _was(Range.model_validate(entry["replaced"]))
            node = node_at(scenario.tree, split(path))
            signed = node is not None and node.field is not None and has_signs(node.field)
            found.append(ReplacedRange(path, text, was, in_days and not signed))
    return found


def _was(entry: Range) -> tuple[str, bool]:
    """Say what a range was, and whether it was one of times."""
    try:
        law, unit = read_range(entry)
        mean = distributions.mean(law) / (base_number(f"1 {unit}") if unit else 1.0)
    except (ValueError, TypeError):  # words, dates
        return range_text(entry), False
    if entry.as_ == "factor":
        return range_text(entry), False
    step = 1.0 if abs(mean) >= WHOLE_FROM else np.nan
    return f"mean {with_unit(number(mean, step), unit)}", bool(unit) and time_factor(unit) is not None


def replaced_words(*scenarios: Scenario) -> list[str]:
    """Say which values rest on no range any more, and what would keep it.

    Of several scenarios, such as the points of a sweep, a value is named once with all that it is.

    Examples
    --------
    >>> from sim.scenario.scenario import EXAMPLE, from_tree
    >>> known = {"links.acid.lead_time": {"low": "5 days", "high": "11 days", "source": "estimate"}}
    >>> world = from_tree({**EXAMPLE, "uncertain": known}).with_({"links.acid.lead_time": "7 days"})
    >>> replaced_words(world)[0].partition("; a relative")[0]
    'links.acid.lead_time is 7 days without a range; it replaced a range with mean 8 days'
    """
    by_path: dict[str, list[ReplacedRange]] = {}
    holding: dict[str, dict[str, None]] = {}  # names of scenarios, in order
    for scenario in scenarios:
        for one in replaced_ranges(scenario):
            known = by_path.setdefault(one.path, [])
            known.extend([one] if one.value not in [other.value for other in known] else [])
            holding.setdefault(one.path, {})[scenario.name] = None
    every = len({scenario.name for scenario in scenarios})
    groups: dict[tuple[str, ...], list[list[ReplacedRange]]] = {}
    for path, ones in by_path.items():
        field = path.rpartition(".")[2]
        where = f" in {listed(list(holding[path]))}" if len(holding[path]) < every else ""
        groups.setdefault((field, where, *(one.value for one in ones)), []).append(ones)
    return [_sentence(group, where) for (_, where, *_), group in groups.items()]


def _sentence(group: list[list[ReplacedRange]], where: str) -> str:
    firsts = [ones[0] for ones in group]
    values = [one.value for one in group[0]]
    value = f"{', '.join(values[:-1])} or {values[-1]}" if values[1:] else values[0]
    was = list(dict.fromkeys(one.was for one in firsts))
    is_, it = ("is", "it") if len(group) == 1 else ("are", "they")
    range_ = f"a range with {was[0]}" if len(was) == 1 else f"ranges with {_some(was)}"
    keeps = "'+5 days'" if all(one.in_days for one in firsts) else "'x 1.2'"
    names = _some([one.path for one in firsts])
    return (
        f"{names} {is_} {value} without a range{where}; {it} replaced {range_}; "
        f"a relative change such as {keeps} keeps the range."
    )


def _some(names: Sequence[str]) -> str:
    """Return the first names and how many there are besides."""
    hidden = len(names) - MOST_NAMED
    return listed([*names[:MOST_NAMED], *([f"{hidden} more"] if hidden > 0 else [])])


def central_words(result: Result) -> list[str]:
    """Say of a run without uncertainty what stands at its median, and what chance has decided."""
    if result.manifest.get("uncertainty", True):
        return []
    document, events = result.scenario.document, by_chance(result)
    remains = other_chance(document)
    ranged = any(not entry.fixed for entry in document.uncertain.values())
    said = ["Every uncertain value stands at the median of its range."] if ranged else []
    if events:
        said.append(f"Decided by chance: {first_few(events, MOST_EVENTS)}.")
    if remains:
        said.append(f"{'Drawn, too' if events else 'Still drawn'}: {listed(remains)}.")
    return [" ".join(said)] if said else []


def by_chance(result: Result) -> list[str]:
    """Say of each event with a probability below 1 whether it took place.

    Returns
    -------
    list of str
        For example `fire (probability 50 %) took place`.
    """
    days = result.values("event", "event_day")
    texts = []
    for name, likely in _likely(result.scenario.document):
        if name in result.labels.events:
            hits = int(np.isfinite(days[:, result.labels.events.index(name)]).sum())
            texts.append(f"{name}{likely} {_took_place(hits, len(days))}")
    return texts


def _took_place(hits: int, replications: int) -> str:
    """Say whether something took place.

    Examples
    --------
    >>> _took_place(1, 1), _took_place(0, 1), _took_place(0, 20)
    ('took place', 'did not take place', 'did not take place in any of 20 replications')
    """
    if hits:
        return "took place" if replications == 1 else f"took place {chance(hits, replications)}"
    return "did not take place" + (f" in any of {replications:,} replications" if replications > 1 else "")


def _likely(document: Document) -> Iterator[tuple[str, str]]:
    """Yield what may or may not take place, with its probability where it has one number."""
    for name, event in sorted(document.events.items()):
        if event.probability < 1.0:
            yield name, f" (probability {percent(event.probability)})"
        if isinstance(event, TalksEvent):
            for outcome, entry in event.outcomes.items():
                if entry.hazard > 0.0 or 0.0 < entry.per_round < 1.0:
                    yield f"{name}: {outcome}", ""


def other_chance(document: Document) -> list[str]:
    """List what else a replication draws, whatever the values."""
    regimes = [*document.regimes.values(), *document.offices.values()]
    drawn = {
        "lead times": any(_is_drawn(link.lead_time) for link in document.links.values()),
        "times of licences": any(map(_draws, regimes))
        or any(regime.release is not None for regime in document.regimes.values()),
        "denials of licences": any(
            share > 0.0 for regime in document.regimes.values() for share in regime.denial.values()
        ),
        "times of events": any(_draws(event) for event in document.events.values()),
        "demand from day to day": any(
            demand.noise is not None and demand.noise.cv > 0.0 for demand in document.demand.values()
        ),
    }
    return [name for name, holds in drawn.items() if holds]


def _is_drawn(value: Any) -> bool:
    return isinstance(value, Distribution) and value.law != "fixed"


def _draws(part: Any) -> bool:
    """Tell whether a part of a document holds a law."""
    if isinstance(part, dict):
        return any(map(_draws, part.values()))
    if hasattr(type(part), "model_fields"):
        return any(_draws(getattr(part, name)) for name in type(part).model_fields)
    return _is_drawn(part)


def pending_words(result: Result) -> list[str]:
    """Say whose starts are held back so late that the output they would have made falls after the run."""
    short = result.values("process", "first_short_day")
    lost = result.values("process", "first_loss_day")
    texts = []
    for p, name in enumerate(result.labels.processes):
        cycle = _cycle_time(result.scenario.document, name)
        late = (result.labels.days - short[:, p] <= cycle) & ~np.isfinite(lost[:, p])
        if late.any():
            first = result.date(float(np.floor(np.median(short[late, p]))))
            share = "" if late.all() else f" {chance(int(late.sum()), len(late))}"
            texts.append(f"{name} from {first}{share} (a start takes {cycle:g} days)")
    if not texts:
        return []
    after = f"what they would have made comes out after the run, which ends on {result.horizon}, uncounted"
    return [f"Starts are held back at {first_few(texts, MOST_NAMED)}; {after}: write a later run.end."]


def _cycle_time(document: Document, name: str) -> float:
    """Return how long a start takes; 0 for what stands in tables, of which no process has one entry."""
    facility, _, key = name.partition("/")
    entry = document.facilities.get(facility)
    return entry.makes[key].cycle_time if entry is not None and key in entry.makes else 0.0


def unseen_words(result: Result) -> list[str]:
    """Say which events by chance took place in no replication of several."""
    days, events = result.values("event", "event_day"), result.scenario.document.events
    unseen = [
        f"{name} (probability {100.0 * event.probability:g} %)"
        for name, event in sorted(events.items())
        if 0.0 < event.probability < 1.0
        and name in result.labels.events
        and not np.isfinite(days[:, result.labels.events.index(name)]).any()
    ]
    if not unseen or not result.manifest.get("uncertainty", True):  # then `central_words` say it
        return []
    what = "what it costs is not seen" if len(unseen) == 1 else "what they cost is not seen"
    times = f"in 0 of {counted(len(days), 'replication')}"
    return [f"{first_few(unseen, MOST_EVENTS)} took place {times}: {what}; write more replications."]


def premises(*results: Result) -> list[str]:
    """Return what the answer of one run, or of several with the same draws, rests on."""
    said = [text for result in results for text in (*unseen_words(result), *pending_words(result))]
    if len(results) > 1:  # the answer of one run says all that it assumes
        far = dict.fromkeys(text for result in results for text in outside(result.origin().document))
        more = [f"{counted(len(far) - MOST_EVENTS, 'more event or step')} outside of the days that are run."]
        said += [*(f"Assumed: {text}." for text in [*far][:MOST_EVENTS]), *more[: len(far) > MOST_EVENTS]]
    replaced = replaced_words(*(result.scenario for result in results))
    return [*central_words(results[0]), *replaced, *dict.fromkeys(said)]


def assumptions(*results: Result) -> list[str]:
    """Say what answers rest on without the scenarios saying so: curbs that meet, endless purchases.

    What holds in some of several runs only is said with their names, as far as these tell the runs apart.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for result in results:
        document = result.origin().document  # of a network in tables the whole
        for text in (*loose_quotas(document), *assumed(document)):
            found[text].append(result.scenario.name)
    alike = len({result.scenario.name for result in results}) < len(results)
    lines = []
    for text, names in found.items():
        some = "some of the runs" if alike else listed(names)
        lines.append(f"Assumed{'' if len(names) == len(results) else f' in {some}'}: {text}.")
    more = len(lines) - MOST_ASSUMED
    rest = [f"{counted(more, 'more assumption')}: curbsim check prints them."] if more > 0 else []
    return lines[:MOST_ASSUMED] + rest
