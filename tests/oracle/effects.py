"""What events do to stocks, demands and capacity (section 9)."""

from __future__ import annotations

from collections.abc import Callable

from sim.scenario.schema import events
from sim.scenario.schema.field_types import Amount, Change
from sim.units import unit_factor
from tests.oracle.clock import day_of
from tests.oracle.world import Demand, Link, Stock, Want, World

Undo = Callable[[float], None]
Path = list[tuple[float, float, bool]]  # time, factor, whether it is an ending


def outage_path(event: events.OutageEvent, x: float, end: float | None) -> Path:
    """Return the capacity factors of an outage and of its recovery."""
    path: Path = [(x, event.remaining, False)]
    if end is None:
        return path
    days = day_of(event.recovery)
    first = (event.remaining + (1.0 - event.remaining) / days) if days else 1.0
    path.append((end, first, True))
    for j in range(2, days + 1):
        path.append((day_of(end) + j - 1.0, event.remaining + (1.0 - event.remaining) * j / days, False))
    return path


def capacity_path(event: events.CapacityEvent, x: float, end: float | None) -> Path:
    """Return the capacity factors of a change of capacity, reached over a ramp."""
    days = max(1, day_of(event.ramp))
    path: Path = []
    for j in range(1, days + 1):
        time = x if j == 1 else day_of(x) + j - 1.0
        if end is None or time < end:
            path.append((time, 1.0 + (event.factor - 1.0) * j / days, False))
    if end is not None:
        path.append((end, 1.0, True))
    return path


def demand(name: str, event: events.DemandEvent, demands: list[Demand]) -> Undo:
    """Multiply final demand."""
    for demand in demands:
        demand.factors[name] = event.factor

    def undo(end: float) -> None:
        for demand in demands:
            del demand.factors[name]

    return undo


def stock_target(name: str, event: events.StockTargetEvent, stocks: list[Stock]) -> Undo:
    """Set or change the cover that stocks aim at."""
    for stock in stocks:
        stock.targets.append((name, event.target))
        _set_cover(stock)

    def undo(end: float) -> None:
        for stock in stocks:
            stock.targets = [target for target in stock.targets if target[0] != name]
            _set_cover(stock)

    return undo


def _set_cover(stock: Stock) -> None:
    """Apply the active targets in the order of their start."""
    stock.cover = stock.base_cover
    for _, target in stock.targets:
        if not isinstance(target, Change):
            stock.cover = target
        elif target.unit == "days":
            stock.cover += target.value
        else:
            stock.cover *= 1.0 + target.value
    stock.cover = max(0.0, stock.cover)


def thrift(name: str, event: events.ThriftEvent, stocks: list[Stock]) -> Undo:
    """Use less per start while the cover is low; the latest active event holds."""
    for stock in stocks:
        stock.thrifts.append((name, event.saving, event.below))

    def undo(end: float) -> None:
        for stock in stocks:
            stock.thrifts = [thrift for thrift in stock.thrifts if thrift[0] != name]

    return undo


def emergency(world: World, name: str, event: events.EmergencyPurchaseEvent, stocks: list[Stock]) -> Undo:
    """Want an amount beyond the usual orders from a supplier or from the outside source."""
    links: list[Link] = []
    for stock in stocks:
        link = _source(name, event, stock)
        if link is not None:
            links.append(link)
            link.wants[name] = Want(_amount(world, event, stock))
            link.extra += link.wants[name].open

    def undo(end: float) -> None:
        for link in links:
            link.extra = 0.0
            link.stock.reserve = max(0.0, link.stock.reserve - link.wants.pop(name).came)
            for want in link.wants.values():
                want.open = 0.0

    return undo


def _source(name: str, event: events.EmergencyPurchaseEvent, stock: Stock) -> Link | None:
    """Return the link that an emergency purchase for a stock comes over."""
    for link in sorted(stock.links, key=lambda link: link.id):
        supplier = link.supplier
        if event.outside is not None:
            if supplier.id == f"outside/{name}":
                return link
        elif supplier.facility == event.supplier:
            return link
    return None


def _amount(world: World, event: events.EmergencyPurchaseEvent, stock: Stock) -> float:
    if isinstance(event.amount, Amount):
        unit = world.document.materials[stock.material].unit
        return event.amount.value * (unit_factor(event.amount.unit, unit) or 1.0)
    return float(event.amount) * stock.base_need
