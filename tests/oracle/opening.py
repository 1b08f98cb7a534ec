"""The eve of day 0: the world as the baseline would have left it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.world import Link, Lot, Process, Stock, World

LAST = 1.0 - 1e-15


def set_opening(world: World) -> Iterator[tuple[Link, int, float]]:
    """Set up stocks and work in process; yield goods in transit as (link, day of arrival, amount)."""
    for process in world.processes.values():
        _fill_line(process)
    for stock in world.stocks.values():
        stock.need = stock.order = stock.base_need
        if stock.life:
            stock.lots = _opening_lots(stock)
    for link in world.links.values():
        yield from _on_the_way(link)


def _fill_line(process: Process) -> None:
    """Put the baseline starts of the last days in process."""
    process.output = process.base_starts * process.yield_
    process.in_line = process.cycle * process.base_starts * process.yield_
    process.line = {day: process.base_starts for day in range(process.cycle)}


def _on_the_way(link: Link) -> Iterator[tuple[Link, int, float]]:
    """Yield what was shipped before day 0 and is expected on each day from 0 on."""
    if link.base_flow == 0.0:
        return
    if link.chances is None:
        yield from ((link, day, link.base_flow) for day in range(link.lead))
        return
    for day, chance in enumerate(link.chances):
        if chance < LAST:
            yield link, day, link.base_flow * (1.0 - chance)


def _opening_lots(stock: Stock) -> list[Lot]:
    """Book the opening stock on the last days, newest first, until it is used up; return it oldest first."""
    same_day = sum(link.share * _at_once(link) for link in stock.links)
    left, lots, day = stock.amount, [], 0
    part = same_day * stock.base_need
    while left > 0.0 and (day == 0 or stock.base_need > 0.0) and day > -stock.life:
        booked = min(left, part)
        lots.append(Lot(day, booked))
        left -= booked
        day, part = day - 1, stock.base_need
    if left > 0.0:
        lots.append(Lot(day if stock.base_need > 0.0 else -1, left))
    return lots[::-1]


def _at_once(link: Link) -> float:
    """Return the probability that goods arrive on the day they are shipped."""
    if link.chances is None:
        return 1.0 if link.lead == 0 else 0.0
    return link.chances[0]
