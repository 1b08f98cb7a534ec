"""Individual licences: a desk on each link that files, examiners who review, lots that lapse (section 9)."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import simpy

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
        self.turns = {name: number for number, name in enumerate(sorted(world.links))}

    def enter(self, link: Link, x: float) -> None:
        """Begin individual licences on a link; credit is 0, and what was drawn before does not count."""
        link.credits[LICENCES], link.drawn = 0.0, 0.0
        flow = link.base_flow or link.ration_base
        days = self.rule(self.rules.lot, link, 30.0)
        lot = 1.0 if days == "order" else days
        link.spell = Spell(lot * flow, self.reorder_days(link) * flow)
        if lot * flow == 0.0:
            return
        desk = self.file_daily(link, link.spell, x) if days == "order" else self.desk(link, link.spell, x)
        link.spell.running.append(self.env.process(desk))

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
