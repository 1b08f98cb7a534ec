"""Rules of a world: owners, materials, shares, links, stocks, demand, licence terms."""

from __future__ import annotations

import itertools
import math
import typing
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sim.errors import did_you_mean
from sim.scenario import selection
from sim.scenario.paths import Path, get
from sim.scenario.schema.document import Demand, Facility, Link, Process, Stock
from sim.scenario.schema.field_types import Z90, Z999, Distribution, distribution
from sim.scenario.schema.lookup import fields
from sim.scenario.schema.sections import Entry, RegimeName, Stage
from sim.scenario.validation.loops import hungry_loop, loop_fault
from sim.scenario.validation.problems import ProblemCollector
from sim.units import DAYS_PER_YEAR, LONGEST_YEARS, unit_factor

TOLERANCE = 1e-6  # of shares that sum to 1
ROUNDING_ERROR = 1e-12  # of such a sum
LISTED_SHARES = 20  # in a message
OTHER = "other"
REGIMES = typing.get_args(RegimeName)


def check(problems: ProblemCollector) -> None:
    """Collect every mistake of the network."""
    document = problems.document
    run = document.run
    # A document with a broken run section carries none.
    if run is not None and run.end <= run.start:
        problems.add(("run", "end"), f"the run ends on {run.end}, not after its start", "write a later date")
    elif run is not None and run.end.year - run.start.year >= LONGEST_YEARS:
        last = run.start.year + LONGEST_YEARS - 1
        wrong = f"the run from {run.start} to {run.end} is longer than {LONGEST_YEARS} years"
        problems.add(("run", "end"), wrong, f"write a date up to {last}-12-31")
    for section in ("materials", "firms", "facilities", "demand", "regimes"):
        for name, entry in getattr(document, section).items():
            sources(problems, (section, name), entry)
    for name, entry in document.materials.items():
        problems.unit(("materials", name, "price"), entry.price, name)
    fed = {(link.to, link.material) for link in document.links.values()}
    for name, facility in document.facilities.items():
        problems.known(("facilities", name, "firm"), facility.firm, "firm", problems.ids("firms"))
        for key, process in facility.makes.items():
            _process(problems, name, facility, key, process)
        for material, stock in facility.stocks.items():
            _stock(problems, name, material, stock, fed=(name, material) in fed)
    for name, link in document.links.items():
        _link(problems, name, link)
    _shares(problems)
    _loops(problems)
    for name, demand in document.demand.items():
        _demand(problems, name, demand)
    _regimes(problems)


def sources(problems: ProblemCollector, path: Path, entry: Entry, *, needed: bool = False) -> None:
    """Check the sources that an entry and its single values name."""
    claims = entry.status is not None
    problems.source(path, entry.source, needed=(needed or claims) and not entry.provenance)
    for field, provenance in entry.provenance.items():
        known = fields(type(entry))
        if field.partition(".")[0] not in known:
            remedy = did_you_mean(field, known)
            problems.add((*path, "provenance", field), f"there is no field '{field}'", remedy)
        problems.source((*path, "provenance", field), provenance.source, needed=provenance.status is not None)


def _process(problems: ProblemCollector, name: str, facility: Facility, key: str, process: Process) -> None:
    path = ("facilities", name, "makes", key)
    material = selection.made(key, process)
    where = (*path, "material") if process.material else path
    problems.known(where, material, "material", problems.ids("materials"))
    sources(problems, path, process)
    for field in ("capacity", "initial"):
        problems.unit((*path, field), getattr(process, field), material)
    if process.capacity is not None and process.headroom is not None:
        problems.add(path, "capacity and headroom are both given", "keep one of them")
    _store(problems, path, process)
    for used, entry in process.inputs.items():
        here = (*path, "inputs", used)
        sources(problems, here, entry)
        problems.unit((*here, "per_unit"), entry.per_unit, used)
        if problems.known(here, used, "material", problems.ids("materials")) and used not in facility.stocks:
            remedy = f"add it under facilities.{name}.stocks: {used}: {{cover: 30 days}}"
            problems.add(here, f"{name} uses {used} but holds no stock of it", remedy)


def _store(problems: ProblemCollector, path: Path, process: Process) -> None:
    """Report a store too small for the finished goods aimed at, and a steady plant without any."""
    if process.storage is None:
        if process.steady > 0.0:
            remedy = "write storage: 30 days, after which it cuts its starts"
            problems.add((*path, "steady"), "the plant never stops, but has no storage", remedy)
    elif process.storage < process.finished_cover:
        aim = f"the finished_cover of {process.finished_cover:g}"
        wrong = f"it holds {process.storage:g} days, less than {aim}"
        problems.add((*path, "storage"), wrong, "write a larger storage or a smaller finished_cover")


def _stock(problems: ProblemCollector, name: str, material: str, stock: Stock, *, fed: bool) -> None:
    path = ("facilities", name, "stocks", material)
    sources(problems, path, stock)
    problems.unit((*path, "initial"), stock.initial, material)
    problems.unit((*path, "order_up_to"), stock.order_up_to, material)
    if not problems.known(path, material, "material", problems.ids("materials")):
        return
    facility = problems.document.facilities[name]
    if not any(material in process.inputs for process in facility.makes.values()):
        remedy = "add it to the inputs of a process, or remove it"
        problems.add(path, f"no process of {name} uses {material}", remedy)
    elif not fed and not _may_be_fed(problems, name, material):
        remedy = f"add a link with to: {name} and material: {material}, or remove the stock"
        problems.add(path, f"no link brings {material} to {name}", remedy)
    _cover(problems, (*path, "cover"), material, stock.cover)


def highest_covers(problems: ProblemCollector, path: Path, high: Any, targets: Iterable[Path]) -> None:
    """Report the top of a range of covers that reaches the shelf life of a material."""
    for target in targets:
        match target:
            case (_, _, "stocks", material, "cover"):
                if _cover(problems, (*path, "high"), material, distribution(high).parameters[0]):
                    return


def _cover(problems: ProblemCollector, path: Path, material: str, cover: float) -> bool:
    entry = problems.document.materials.get(material)
    fault = cover_fault(cover, material, entry.shelf_life if entry else None)
    if fault is not None:
        problems.add(path, *fault)
    return fault is not None


def cover_fault(cover: float, material: str, life: float | None) -> tuple[str, str] | None:
    """Return what is wrong with a cover that reaches the shelf life of its material, and what to write.

    Examples
    --------
    >>> cover_fault(120.0, "acid", 120.0)[0]
    'a cover of 120 days is not below the shelf life of acid, 120 days'
    """
    if life is None or cover < life:
        return None
    wrong = f"a cover of {cover:g} days is not below the shelf life of {material}, {life:g} days"
    return wrong, "write a shorter cover; the rest would expire unused"


def _may_be_fed(problems: ProblemCollector, facility: str, material: str) -> bool:
    """Tell whether a link that could not be read may lead into a stock: then what is missing says nothing."""
    links = [path for path in problems.broken if path[0] == "links"]
    return any(
        get(problems.layer.tree, (*path, "to"), facility) == facility
        and get(problems.layer.tree, (*path, "material"), material) == material
        for path in links
    )


def _link(problems: ProblemCollector, name: str, link: Link) -> None:
    path = ("links", name)
    sources(problems, path, link, needed=True)
    facilities = problems.ids("facilities")
    sells = problems.known((*path, "from"), link.from_, "facility", facilities)
    buys = problems.known((*path, "to"), link.to, "facility", facilities)
    if not problems.known((*path, "material"), link.material, "material", problems.ids("materials")):
        return
    if sells:
        _makes(problems, path, "from", link.from_, link.material, link.process)
    buyer = problems.document.facilities.get(link.to)
    if buys and buyer is not None and link.material not in buyer.stocks:
        remedy = f"add it under facilities.{link.to}.stocks: {link.material}: {{cover: 30 days}}"
        problems.add((*path, "to"), f"{link.to} holds no stock of {link.material}", remedy)
    if link.regime == "quota":
        remedy = "write regime: bulk and an event with kind: quota dated at the start of the run"
        problems.add((*path, "regime"), "a quota needs an amount", remedy)
    if link.regime == "individual":
        terms(problems, (*path, "regime"), [link.material])
    if _in_a_thousand(link.lead_time) > LONGEST_YEARS * DAYS_PER_YEAR:
        wrong = f"one lead time in a thousand is longer than {LONGEST_YEARS} years"
        problems.add((*path, "lead_time"), wrong, "write max: in it, or a smaller p90, mean or cv")
    stages(problems, (*path, "stages"), link.stages)


def _in_a_thousand(law: Any) -> float:
    """Return about the time that one draw in a thousand passes, of laws without an upper end."""
    if not isinstance(law, Distribution) or law.max is not None:
        return 0.0
    x = law.parameters
    match law.law:
        case "lognormal":
            return float(x[0] * (x[1] / x[0]) ** (Z999 / Z90))
        case "exponential":
            return x[0] * math.log(1000.0)
        case "normal":
            return x[0] * (1.0 + Z999 * x[1])
        case "gamma":  # Wilson and Hilferty 1931
            return float(x[0] * max(0.0, 1.0 - x[1] ** 2 / 9.0 + Z999 * x[1] / 3.0) ** 3)
    return 0.0


def _makes(
    problems: ProblemCollector, path: Path, field: str, name: str, material: str, process: str | None
) -> None:
    """Report a supplier that does not make a material, or does so in more than one process."""
    facility = problems.document.facilities.get(name)
    if facility is None or selection.process_key(facility, material, process):
        return
    keys = [key for key, made in facility.makes.items() if selection.made(key, made) == material]
    if process is not None and process not in facility.makes:
        problems.known((*path, "process"), process, f"process of {name}", facility.makes)
    elif process is not None:
        makes = selection.made(process, facility.makes[process])
        wrong = f"the process {process} of {name} makes {makes}, not {material}"
        problems.add((*path, "process"), wrong, f"name a process that makes {material}")
    elif keys:
        wrong = f"{name} makes {material} in {len(keys)} processes"
        problems.add((*path, field), wrong, f"add process: and one of {', '.join(sorted(keys))}")
    else:
        made_here = sorted(selection.made(key, made) for key, made in facility.makes.items())
        hint = f"it makes {', '.join(made_here)}" if made_here else "it makes nothing"
        problems.add((*path, field), f"{name} does not make {material}", f"{hint}: name another facility")


def stages(problems: ProblemCollector, path: Path, given: Mapping[str, Stage]) -> None:
    """Report stages of qualification that do not rise with time."""
    rising = sorted(given.items(), key=lambda item: (item[1].after, item[1].max_share))
    for (early, first), (late, second) in itertools.pairwise(rising):
        if second.after == first.after or second.max_share < first.max_share:
            wrong = f"stage {late} does not rise above stage {early}"
            problems.add((*path, late), wrong, "write a later day and a larger max_share")


def _shares(problems: ProblemCollector) -> None:
    links = problems.document.links
    for stock, names in selection.links_by_stock(problems.document).items():
        facility, material = stock.rsplit("/", 1)
        shares = {name: links[name].share for name in names}
        if not sums_to_one(math.fsum(shares.values())) and not _may_be_fed(problems, facility, material):
            where = _likely_share(problems, shares)
            problems.add(where, *shares_fault(material, facility, shares, where[1]))


def _likely_share(problems: ProblemCollector, shares: Mapping[str, float]) -> Path:
    """Return the share that was written last; of one file, a link that nothing comes on is not the cause."""
    latest = problems.latest([("links", name, "share") for name in shares])
    here = problems.layer.place(latest).file
    used = [("links", name, "share") for name, share in shares.items() if share > 0.0]
    used = [path for path in used if problems.layer.place(path).file == here]
    return latest if shares[latest[1]] > 0.0 or not used else problems.latest(used)


def _loops(problems: ProblemCollector) -> None:
    """Report a loop of processes that takes all it makes, or more."""
    document, changed = problems.document, problems.changed
    if not changed.keys() & {"materials", "facilities", "links"}:
        return  # there was none before
    makers = {name: number for number, (name, *_) in enumerate(selection.every_process(document))}
    users: dict[str, list[tuple[int, float]]] = {}
    for name, facility, _, process in selection.every_process(document):
        for material, used in process.inputs.items():
            entry = document.materials.get(material)
            factor = unit_factor(used.per_unit.unit, entry.unit) if entry else None
            taken = (makers[name], used.per_unit.value * (factor or 0.0) / process.yield_)
            users.setdefault(f"{facility}/{material}", []).append(taken)
    rows = [
        (makers.get(selection.supplier_process(document, link) or "", -1), user, link.share * taken)
        for link in document.links.values()
        for user, taken in users.get(selection.stock_id(link), ())
    ]
    rows = [row for row in rows if row[0] >= 0]
    if not rows:
        return
    suppliers, buyers, entries = zip(*rows, strict=True)
    loop = hungry_loop(np.array(suppliers), np.array(buyers), np.array(entries), len(makers))
    if loop is not None:
        names = list(makers)
        facility, _, key = names[loop.members[0]].partition("/")
        problems.add(("facilities", facility, "makes", key, "inputs"), *loop_fault(loop, names))


def sums_to_one(total: Any, tolerance: float = TOLERANCE) -> Any:
    """Tell of a sum of shares, or of an array of such sums, whether it is 1.

    Examples
    --------
    >>> sums_to_one(0.333333 + 0.666666), sums_to_one(0.9999)
    (True, False)
    """
    return abs(total - 1.0) <= tolerance + ROUNDING_ERROR


def shares_fault(
    material: str, facility: str, shares: Mapping[str, float], latest: str = ""
) -> tuple[str, str]:
    """Return what is wrong with shares by link that do not sum to 1, and what to write.

    `latest` is the link whose share was written last: the others are to take the rest.

    Examples
    --------
    >>> shares_fault("acid", "fab", {"acid/plant-fab": 0.9})[0]
    'the shares of acid at fab sum to 0.9, not 1 (acid/plant-fab 0.9)'
    >>> shares_fault("acid", "fab", {"acid/plant-fab": 0.5, "acid/other-fab": 0.4}, "acid/plant-fab")[1]
    'write the rest, 0.5, for the others: acid/other-fab 0.5'
    """
    rows = [f"{name} {share:g}" for name, share in itertools.islice(shares.items(), LISTED_SHARES)]
    rows += [f"and {len(shares) - LISTED_SHARES:,} others"] if len(shares) > LISTED_SHARES else []
    total = math.fsum(shares.values())
    wrong = f"the shares of {material} at {facility} sum to {total:.6g}, not 1 ({', '.join(rows)})"
    rest = 1.0 - shares.get(latest, 1.0)
    others = {name: share for name, share in shares.items() if name != latest and share > 0.0}
    if not others or not rest > TOLERANCE:
        return wrong, "write shares that sum to 1"
    scale = rest / math.fsum(others.values())
    texts = [f"{name} {share * scale:.6g}" for name, share in itertools.islice(others.items(), LISTED_SHARES)]
    more = " ..." if len(others) > LISTED_SHARES else ""
    return wrong, f"write the rest, {rest:.6g}, for the others: {', '.join(texts)}{more}"


def _demand(problems: ProblemCollector, name: str, demand: Demand) -> None:
    path = ("demand", name)
    known = problems.known((*path, "at"), demand.at, "facility", problems.ids("facilities"))
    if not problems.known((*path, "material"), demand.material, "material", problems.ids("materials")):
        return
    if known:
        _makes(problems, path, "at", demand.at, demand.material, demand.process)
    problems.unit((*path, "rate"), demand.rate, demand.material)
    noise = demand.noise
    if noise is not None and ("cv" in noise.model_fields_set) == (noise.law == "poisson"):
        wrong = "poisson noise has no cv" if noise.law == "poisson" else f"{noise.law} noise has no cv"
        remedy = "remove cv: its variance is its mean" if noise.law == "poisson" else "write cv: 10 %"
        problems.add((*path, "noise"), wrong, remedy)
    for month in demand.season:
        if not 1 <= month <= 12:
            problems.add((*path, "season", str(month)), f"there is no month {month}", "write 1 to 12")


def _regimes(problems: ProblemCollector) -> None:
    for name, regime in problems.document.regimes.items():
        problems.known(("regimes", name), name, "regime", REGIMES)
        for field in ("review", "denial", "resubmit", "filing", "lot", "reorder", "dispatch", "validity"):
            by_material(problems, ("regimes", name, field), getattr(regime, field))


def by_material(problems: ProblemCollector, path: Path, values: Iterable[str]) -> None:
    """Report unknown materials of a map of values by material."""
    materials = problems.ids("materials")
    allowed = None if materials is None else [*materials, OTHER]
    for material in values:
        problems.known((*path, material), material, "material", allowed)


def terms(
    problems: ProblemCollector, path: Path, materials: Iterable[str], *, reviewed: bool = False
) -> None:
    """Report materials that come under licences without a review time, or a release where that will do."""
    regimes = problems.ids("regimes")
    if regimes is not None and "individual" not in regimes:
        remedy = "write regimes: {individual: {review: 90 days}}"
        problems.add(path, "the regime individual is not described", remedy)
        return
    regime = problems.document.regimes.get("individual")
    if regime is None or OTHER in regime.review:
        return
    for material in sorted(set(materials) - set(regime.review)):
        if regime.releases(material) and not reviewed:
            continue
        remedy = f"write regimes.individual.review: {{{material}: 90 days}}, or one for other"
        problems.add(path, f"the regime individual has no review time for {material}", remedy)
