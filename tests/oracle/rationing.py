"""How a supplier shares what it has among claims (section 5)."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """What one buyer asks for, its class, and its baseline flow."""

    amount: float
    priority: int
    base: float


def serve(rule: str, available: float, claims: list[Claim]) -> list[float]:
    """Return what each claim gets."""
    if available >= sum(claim.amount for claim in claims):
        return [claim.amount for claim in claims]
    if rule == "priority":
        return _by_class(available, claims)
    if rule == "relative":
        return _by_level(available, claims, [claim.base or claim.amount for claim in claims])
    if rule == "uniform":
        return _by_level(available, claims, [1.0] * len(claims))
    return _proportional(available, claims)


def _proportional(available: float, claims: list[Claim]) -> list[float]:
    total = sum(claim.amount for claim in claims)
    return [claim.amount * (available / total) for claim in claims]


def _by_class(available: float, claims: list[Claim]) -> list[float]:
    """Serve classes in rising number; the one that does not fit is served proportionally."""
    given = [0.0] * len(claims)
    for number in sorted({claim.priority for claim in claims}):
        members = [i for i, claim in enumerate(claims) if claim.priority == number]
        total = sum(claims[i].amount for i in members)
        part = min(1.0, available / total) if total > 0.0 else 0.0
        for i in members:
            given[i] = claims[i].amount * part
        available = max(0.0, available - total)
    return given


def _by_level(available: float, claims: list[Claim], bases: list[float]) -> list[float]:
    """Give each claim min(claim, level x base) with one level for all that uses up what there is."""
    open_ = [i for i, claim in enumerate(claims) if claim.amount > 0.0]
    full = sorted(open_, key=lambda i: claims[i].amount / bases[i])
    left, base = available, sum(bases[i] for i in open_)
    level = math.inf
    for i in full:
        if left * bases[i] < claims[i].amount * base:
            level = left / base
            break
        left, base = left - claims[i].amount, base - bases[i]
    return [
        min(claim.amount, level * base) if claim.amount > 0.0 else 0.0
        for claim, base in zip(claims, bases, strict=True)
    ]
