"""Individual licences: a desk on each link that files, examiners who review, lots that lapse (section 9)."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import simpy
from scipy import special

from sim.scenario.schema.document import Regime
from sim.scenario.schema.field_types import Distribution
from tests.oracle.clock import Days, Phase, Rank, Steps, day_of
from tests.oracle.draws import Draws, mean
from tests.oracle.world import SLACK, Link, World

Value = TypeVar("Value")
LICENCES = "individual licences"
NOW = Distribution("fixed", (0.0,))


@dataclass(eq=False)
class File:
    """An application for one lot."""

    link: str
    filed: float
    decided: float = math.nan
    granted: bool = False
    credited: float = 0.0
    lapsed: float = 0.0


@dataclass(eq=False)
class Spell:
    """One stay of a link under individual licences."""

    lot: float
    level: float  # licence position below which lots are filed
    pending: float = 0.0
    credited: float = 0.0
    lapsed: float = 0.0
    running: list[simpy.Process] = field(default_factory=list)


class Ministry:
    """Files and examiners of all exporting countries."""

    def __init__(self, env: Days, world: World, draws: Draws, files: list[File]) -> None:
        self.env = env
        self.world = world
        self.draws = draws
        self.rules = world.document.regimes.get("individual", Regime())
        self.files = files
        self.examiners: dict[str, simpy.Resource] = {}
        self.numbers: dict[str, int] = {}  # of grants on a link, the next one included
        self.turns = {name: number for number, name in enumerate(sorted(world.links))}

    def enter(self, link: Link, x: float) -> None:
        """Begin individual licences on a link; credit is 0, and what was drawn before does not count."""
        link.credits[LICENCES], link.drawn = 0.0, 0.0
        flow = link.base_flow or link.ration_base
        if self.rules.releases(link.stock.material):
            self.enter_release(link, flow, x)
            return
        days = self.rule(self.rules.lot, link, 30.0)
        lot = 1.0 if days == "order" else days
        link.spell = Spell(lot * flow, self.reorder_days(link) * flow)
        if lot * flow == 0.0:
            return
        desk = self.file_daily(link, link.spell, x) if days == "order" else self.desk(link, link.spell, x)
        link.spell.running.append(self.env.process(desk))

    def enter_release(self, link: Link, flow: float, x: float) -> None:
        """Let an office grant lots on a link: the first after file and gap, the others at its pace."""
        release, material = self.rules.release, link.stock.material
        assert release is not None and flow >= 0.0
        law = self.rule(release.lot, link, Distribution("fixed", (30.0,)))
        days = self.draws.law(law, f"release/lot/{material}")
        link.spell = Spell(days * flow, 0.5 * days * flow)
        if flow > 0.0:
            link.spell.running.append(self.env.process(self.release(link, link.spell, days, x)))

    def release(self, link: Link, spell: Spell, lot: float, x: float) -> Steps:
        """Grant lots on a link for as long as the regime holds."""
        try:
            time = x + self.first_days(link)
            number = self.numbers[link.id] = self.numbers.get(link.id, -1) + 1
            while True:
                yield self.env.at(time, Rank.CREDIT)
                day, moved = day_of(time), False
                while link.credits[LICENCES] + spell.pending >= spell.level * (1.0 - SLACK):
                    yield self.env.phase(day, Phase.EVENING)
                    day, moved = day + 1, True
                if moved:
                    time = float(day)
                    yield self.env.at(time, Rank.MORNING + self.turns[link.id])
                time = yield from self.undenied(link, time)
                file = File(link.id, time, time, granted=True)
                self.files.append(file)
                spell.pending += spell.lot
                spell.running = [process for process in spell.running if process.is_alive]
                spell.running.append(self.env.process(self.guarded(link, spell, file)))
                number = self.numbers[link.id] = number + 1
                time = yield from self.turn(link, lot, number, time)
        except simpy.Interrupt:
            return

    def first_days(self, link: Link) -> float:
        """Return the days to the first grant: the clock of the exporter's file, and the gap of the buyer."""
        release, material = self.rules.release, link.stock.material
        assert release is not None
        facilities = self.world.document.facilities
        exporter = facilities[link.supplier.facility].firm
        a, c = release.common.office, release.common.material
        normals = [
            special.ndtri(self.draws.uniform(f"release/{name}"))
            for name in ("office", f"material/{material}", f"file/{material}/{exporter}")
        ]
        z = sum(math.sqrt(part) * normal for part, normal in zip((a, c, 1.0 - a - c), normals, strict=True))
        clock = self.rule(release.standard, link, 0.0) * math.exp(release.spread * z)
        chance = release.pair_gap["at_once"].parameters[0]
        u = self.draws.uniform(f"release/gap/{link.id}")
        mean_gap = self.draws.law(self.rule(release.pair_gap, link, NOW), f"release/mean_gap/{material}")
        return float(
            clock - (mean_gap * math.log(1.0 - (u - chance) / (1.0 - chance)) if u >= chance else 0.0)
        )

    def undenied(self, link: Link, time: float) -> Generator[simpy.Event, Any, float]:
        """Return when a grant that is denied now and then comes about."""
        denial: float = self.rule(self.rules.denial, link, 0.0)
        while True:
            count, link.reviews = link.reviews, link.reviews + 1
            if self.draws.uniform(f"denial/{link.id}", count) >= denial:
                return time
            time += max(1.0, self.rule(self.rules.resubmit, link, 0.0))
            yield self.env.at(time, Rank.CREDIT)

    def turn(self, link: Link, lot: float, number: int, time: float) -> Generator[simpy.Event, Any, float]:
        """Return when the hazard, added up morning by morning, has reached the threshold of a grant."""
        release, material = self.rules.release, link.stock.material
        assert release is not None
        full, values = release.pace.full, release.need.values
        u = self.draws.uniform(f"release/pace/{material}")
        low, high = release.pace.low, release.pace.high
        pace = 1.0 if u >= 1.0 - full else low + (high - low) * u / (1.0 - full)
        need = values[int(self.draws.uniform("release/need") * len(values))]
        left = -math.log(1.0 - self.draws.uniform(f"release/next/{link.id}", number))
        while True:
            is_short = link.stock.amount < release.need.cover_below * link.stock.base_need * (1.0 - SLACK)
            rate = pace / lot * (1.0 + need * is_short)
            following = math.floor(time) + 1.0
            if time + left / rate <= following:
                return time + left / rate
            left -= rate * (following - time)
            time = following
            yield self.env.at(time, Rank.MORNING + self.turns[link.id])

    def guarded(self, link: Link, spell: Spell, file: File) -> Steps:
        """Use a lot until it lapses or the regime ends."""
        try:
            yield from self.use(link, spell, file)
        except simpy.Interrupt:
            return

    def leave(self, link: Link) -> None:
        """End individual licences on a link; open files and unused credit are void."""
        link.credits.pop(LICENCES, None)
        spell, link.spell = link.spell, None
        for process in spell.running if spell else []:
            if process.is_alive:
                process.interrupt()

    def rule(self, values: dict[str, Value], link: Link, default: Value) -> Value:
        """Return the value of a rule for the material of a link."""
        return values.get(link.stock.material, values.get("other", default))

    def reorder_days(self, link: Link) -> float:
        """Return the licence position aimed at, days of baseline flow."""
        days = self.rule(self.rules.reorder, link, "auto")
        lot = self.rule(self.rules.lot, link, 30.0)
        if days != "auto":
            return float(days)
        waits = self.rule(self.rules.filing, link, 0.0) + self.rule(self.rules.dispatch, link, 0.0)
        review = mean(self.rule(self.rules.review, link, NOW))
        return float(review + waits + (1.0 if lot == "order" else lot))

    def desk(self, link: Link, spell: Spell, x: float) -> Steps:
        """File until the licence position is covered, at the switch and on mornings after it fell short."""
        try:
            self.cover(link, spell, x)
            day = day_of(x)
            while True:
                yield self.env.phase(day, Phase.EVENING)
                day += 1
                if link.credits[LICENCES] + spell.pending < spell.level * (1.0 - SLACK):
                    yield self.env.at(day, Rank.MORNING + self.turns[link.id])
                    self.cover(link, spell, float(day))
        except simpy.Interrupt:
            return

    def cover(self, link: Link, spell: Spell, x: float) -> None:
        """File lots until the licence position is not below its level."""
        while link.credits[LICENCES] + spell.pending < spell.level * (1.0 - SLACK):
            self.file(link, spell, x)

    def file_daily(self, link: Link, spell: Spell, x: float) -> Steps:
        """File a lot every day, whatever the licence position."""
        try:
            while True:
                self.file(link, spell, x)
                x += 1.0
                yield self.env.at(x, Rank.MORNING)  # among links in the order in which they began to file
        except simpy.Interrupt:
            return

    def file(self, link: Link, spell: Spell, x: float) -> None:
        """Begin a file."""
        spell.pending += spell.lot
        spell.running = [process for process in spell.running if process.is_alive]
        spell.running.append(self.env.process(self.handle(link, spell, x)))

    def handle(self, link: Link, spell: Spell, x: float) -> Steps:
        """Take one lot from the need of it to its lapse."""
        try:
            x += self.rule(self.rules.filing, link, 0.0)
            while True:
                yield self.env.at(x, Rank.CREDIT)
                file = File(link.id, x)
                self.files.append(file)
                file.granted = yield from self.review(link, file)
                if file.granted:
                    break
                x = file.decided + self.rule(self.rules.resubmit, link, 0.0)
            yield from self.use(link, spell, file)
        except simpy.Interrupt:
            return

    def review(self, link: Link, file: File) -> Generator[simpy.Event, Any, bool]:
        """Wait for an examiner, be reviewed, and be decided."""
        with self.office(link).request() as turn:
            yield turn
            begun = max(file.filed, self.env.moment())
            count, link.reviews = link.reviews, link.reviews + 1
            law = self.rule(self.rules.review, link, NOW)
            file.decided = begun + self.draws.law(law, f"review/{link.id}", count)
            try:
                yield self.env.at(file.decided, Rank.CREDIT)
            except simpy.Interrupt:
                yield self.env.at(file.decided, Rank.CREDIT)  # of a void file, too, a review is finished
                raise
        denial: float = self.rule(self.rules.denial, link, 0.0)
        return self.draws.uniform(f"denial/{link.id}", count) >= denial

    def office(self, link: Link) -> simpy.Resource:
        """Return the examiners of the exporting country; without a number every file has its own."""
        number = self.rules.examiners
        if number is None:
            return simpy.Resource(self.env)
        country = self.world.country(link.supplier.facility)
        return self.examiners.setdefault(country, simpy.Resource(self.env, number))

    def use(self, link: Link, spell: Spell, file: File) -> Steps:
        """Credit a granted lot after dispatch, and take back what is left of it when it lapses."""
        validity = self.rule(self.rules.validity, link, 180.0)
        usable = file.decided + min(validity, self.rule(self.rules.dispatch, link, 0.0))
        yield self.env.at(usable, Rank.CREDIT)
        file.credited = spell.lot
        spell.pending = max(0.0, spell.pending - spell.lot)
        spell.credited += spell.lot
        link.credits[LICENCES] += spell.lot
        up_to = spell.credited
        yield self.env.at(file.decided + validity, Rank.LAPSE)
        file.lapsed = min(link.credits[LICENCES], max(0.0, up_to - link.drawn - spell.lapsed))
        spell.lapsed += file.lapsed
        link.credits[LICENCES] -= file.lapsed
