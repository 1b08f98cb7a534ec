"""Changes relative to an inherited value: `+5 days`, `x 1.2`, `+20 %`, `+5 points`.

They mean the same in a file that extends another, in a variant, in `--set`, `with_` and a sweep. A field
whose own format has signs (`target: +35 days`) keeps its own meaning of them.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.errors import quoted
from sim.scenario.paths import Path, Tree, get
from sim.scenario.schema.field_types import DISTRIBUTION_KEYS, FORM_KEYS, Signed
from sim.scenario.schema.lookup import ROOT, Node, below, factor_node, reader
from sim.units import POINTS, RELATIVE, Quantity, time_factor, unit_factor, ways_to_write

MOVING = ("low", "mode", "high", "median", "p90", "mean", "values", "max")  # numbers like the value itself
WORDS = (str, bool, tuple, list)  # fields that hold words and names


@dataclass(frozen=True, slots=True)
class RelativeChange:
    """A change as it was written, and what it does to a number.

    Attributes
    ----------
    text : str
        As written.
    number : float
        What is added, or the factor.
    unit : str
        Of what is added; `points` are hundredths of a share.
    multiplies : bool
        Whether the number is a factor.
    """

    text: str
    number: float
    unit: str = ""
    multiplies: bool = False

    @property
    def changes_nothing(self) -> bool:
        """Tell whether it leaves every number as it is."""
        return self.number == (1.0 if self.multiplies else 0.0)


def read_change(value: object) -> RelativeChange | None:
    """Read a value as a relative change; None when it is not one.

    Examples
    --------
    >>> read_change("+2 weeks")
    RelativeChange(text='+2 weeks', number=2.0, unit='weeks', multiplies=False)
    >>> read_change("-10 %").number, read_change("x 1.2").number, read_change("30 days")
    (0.9, 1.2, None)
    """
    match = RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        quantity = Quantity.parse(match["amount"])
    except ValueError:
        return None
    if match["sign"] not in "+-−":
        part = {"": 1.0, "%": 0.01}.get(quantity.unit)
        return None if part is None else RelativeChange(match[0].strip(), quantity.value * part, "", True)
    number = quantity.value if match["sign"] == "+" else -quantity.value
    if quantity.unit == "%":
        return RelativeChange(match[0].strip(), 1.0 + number / 100.0, "", True)
    return RelativeChange(match[0].strip(), number, "points" if quantity.unit in POINTS else quantity.unit)


def require_sound(tree: Tree, path: Path, value: Any, wrong: str) -> None:
    """Raise when a value that a change has made passes a bound of its field; `wrong` says what made it."""
    node = node_at(tree, path)
    depth = next((size for size in range(1, len(path)) if node_at(tree, path[:size]) is node), len(path))
    if node is None or node.field is None or set(path[depth:]) & DISTRIBUTION_KEYS:
        return  # a law is read as a whole, with all its numbers
    for key in reversed(path[depth:]):  # one entry of a map that is one field, such as `steps`
        value = {key: value}
    try:
        reader(node).validate_python(value)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ").partition("; ")[0]
        raise ValueError(f"{wrong}: {why}; write a smaller change, or a value and a range") from None


def times(factor: float) -> RelativeChange:
    """Return the change that multiplies by a factor."""
    return RelativeChange(f"x {factor:.12g}", factor, "", True)


def change_at(tree: Tree, path: Path, value: object) -> RelativeChange | None:
    """Return the relative change that is written at a path; None where the text is the value itself."""
    change = read_change(value)
    if change is None or path[0] == "variants":
        return None
    return change if _takes(node_at(tree, path), change) else None


def misread(tree: Tree, path: Path, value: object) -> tuple[str, str] | None:
    """Say what is wrong with the number of a text that would be a relative change at a path."""
    match = RELATIVE.fullmatch(value) if isinstance(value, str) else None
    if match is None or read_change(value) is not None:
        return None
    sign, amount = match["sign"], match["amount"].strip()
    multiplies = sign not in "+-−"
    if not _takes(node_at(tree, path), RelativeChange(match[0], 1.0, "", multiplies)):
        return None
    sign = f"{sign} " if multiplies else sign
    try:
        quantity = Quantity.parse(amount)
    except ValueError as error:
        wrong, _, remedy = str(error).partition("; ")
        ways = " or ".join(f"'{sign}{way}'" for way in re.findall("'(.*?)'", ways_to_write(amount)))
        return wrong, f"write {ways}" if ways else f"{remedy}, after '{sign.strip()}'"
    number = f"{quantity.value:g}"
    return f"{quoted(value)} multiplies by an amount", f"write '{sign}{number}', or '+{amount}' for a sum"


def node_at(tree: Tree, path: Path) -> Node | None:
    """Return what the schema knows at a path; of the numbers of a range, the field that it stands for."""
    if path[0] == "uncertain" and len(path) == 3 and path[2] in MOVING:
        if get(tree, (*path[:2], "as")) == "factor":
            return factor_node()
        path = tuple(path[1].split("."))
    node: Node | None = ROOT
    for depth, key in enumerate(path, 1):
        node = below(node, key, get(tree, path[:depth])) if node is not None else None
    return node


def _takes(node: Node | None, change: RelativeChange) -> bool:
    if node is None or not node.is_value or node.field is None:
        return False
    kind = _value_kind(node.field.annotation)
    words = kind in WORDS or get_origin(kind) in (Literal, *WORDS)
    own = has_signs(node.field) and not change.multiplies and change.unit != "points"
    return not (words or own)


def _value_kind(kind: Any) -> Any:
    """Return the type of one value: without None, notes and the keys of a map."""
    if get_origin(kind) is dict:
        return _value_kind(get_args(kind)[1])
    arguments = [part for part in get_args(kind) if part is not type(None)]
    if get_origin(kind) in (Literal, *WORDS) or not arguments:
        return kind
    return _value_kind(arguments[0])


def has_signs(field: FieldInfo) -> bool:
    """Tell whether the format of a field has signs of its own.

    Examples
    --------
    >>> from sim.scenario.schema.events import StockTargetEvent
    >>> has_signs(StockTargetEvent.model_fields["target"])
    True
    """
    return Signed in field.metadata or _signed(field.annotation)


def _signed(kind: Any) -> bool:
    return Signed in getattr(kind, "__metadata__", ()) or any(map(_signed, get_args(kind)))


def changed_value(old: Any, change: RelativeChange) -> Any:
    """Return an inherited value after a change: a quantity, a date, a law, or a map by material.

    Raises
    ------
    ValueError
        With what is wrong and what to write, when the change does not go with the value.

    Examples
    --------
    >>> changed_value("30 days", read_change("+5 days")), changed_value("30 %", read_change("+10 %"))
    ('35 days', '33 %')
    >>> changed_value("2019-07-04", read_change("-1 week")), changed_value("30 %", read_change("+5 points"))
    ('2019-06-27', '35 %')
    """
    if isinstance(old, dict):
        if FORM_KEYS & old.keys():
            return moved(old, change)
        return {key: changed_value(value, change) for key, value in old.items()}
    if (date := _date(old)) is not None:
        return _shifted(date, change)
    try:
        quantity = Quantity.parse(old)
    except ValueError:
        wrong = f"'{change.text}' changes a number or a date, and what is inherited is {quoted(old)}"
        raise ValueError(f"{wrong}; write the new value itself") from None
    if change.multiplies:
        return _written(quantity.value * change.number, quantity, old)
    if _in_days(change.unit) and _in_days(quantity.unit) and not _same_time(change.unit, quantity.unit):
        quantity = Quantity(quantity.value * (time_factor(quantity.unit) or 1.0), "days", quantity.signed)
    return _written(quantity.value + _amount(change, quantity.unit, old), quantity, old)


def _date(value: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _shifted(date: datetime.date, change: RelativeChange) -> str:
    days = None if change.multiplies else time_factor(change.unit)
    if days is None or not change.unit or not (change.number * days).is_integer():
        wrong = f"'{change.text}' does not shift {date} by whole days"
        raise ValueError(f"{wrong}; write for example '+30 days'")
    return (date + datetime.timedelta(days=change.number * days)).isoformat()


def _in_days(unit: str) -> bool:
    return bool(unit) and time_factor(unit) is not None


def _same_time(unit: str, other: str) -> bool:
    return time_factor(unit) == time_factor(other)


def _amount(change: RelativeChange, unit: str, old: object) -> float:
    """Return what a change adds, in the unit of the value."""
    if change.unit == "points":
        factor = 1.0 if unit.startswith("%") else 0.01 if not unit else None
    else:
        factor = _conversion(change.unit, unit)
    if factor is None:
        like = unit if not unit.startswith("%") else "points"
        remedy = f"write for example '+5 {like}' or 'x 1.2'" if like else "write a bare number, or 'x 1.2'"
        raise ValueError(f"'{change.text}' cannot be added to {quoted(old)}; {remedy}")
    return change.number * factor


def _conversion(unit: str, base: str) -> float | None:
    """Return what one unit is worth in another; rates and prices part by part."""
    if unit == base:
        return 1.0
    (over, _, under), (base_over, _, base_under) = unit.partition("/"), base.partition("/")
    top, bottom = (_plain(*pair) for pair in ((over, base_over), (under, base_under)))
    return None if top is None or bottom is None else top / bottom


def _plain(unit: str, base: str) -> float | None:
    times_here, times_there = time_factor(unit), time_factor(base)
    if unit and base and times_here is not None and times_there is not None:
        return times_here / times_there
    return unit_factor(unit.strip(), base.strip())


def _written(value: float, quantity: Quantity, old: object) -> Any:
    """Write a number as the inherited one was written."""
    value = float(f"{value:.12g}")
    number = int(value) if value.is_integer() and abs(value) < 1e15 else value
    if not isinstance(old, str):
        return number
    sign = "+" if quantity.signed and number >= 0 else ""
    return f"{sign}{number} {quantity.unit}".rstrip()


def moved(law: Tree, change: RelativeChange) -> Tree:
    """Return a law or a range after a change of the value: all its numbers change alike, its width stays.

    A sum leaves the standard deviation of `{mean, cv}` as it is; a factor leaves its cv.

    Examples
    --------
    >>> moved({"low": "25 days", "mode": "30 days", "high": "90 days"}, read_change("+5 days"))
    {'low': '30 days', 'mode': '35 days', 'high': '95 days'}
    """
    made = {key: _moved_number(key, number, change) for key, number in law.items()}
    if change.multiplies or "mean" not in law:
        return made
    if law.get("law") == "poisson":
        raise ValueError(f"'{change.text}' would change the law poisson itself; write a factor, 'x 1.2'")
    before, after = (Quantity.parse(entry["mean"]).value for entry in (law, made))
    same_unit = Quantity.parse(law["mean"]).unit == Quantity.parse(made["mean"]).unit
    before *= 1.0 if same_unit else time_factor(Quantity.parse(law["mean"]).unit) or 1.0
    if not after > 0.0:
        raise ValueError(f"'{change.text}' takes the mean to {made['mean']}; write a smaller change")
    cv = Quantity.parse(law.get("cv", 1))  # an exponential law is a gamma law with a cv of 1
    made.pop("law", None) if law.get("law") == "exponential" else None
    return {**made, "cv": _written(cv.value * before / after, cv, law.get("cv", 1))}


def _moved_number(key: str, number: Any, change: RelativeChange) -> Any:
    if key not in MOVING:
        return number
    if isinstance(number, list):
        return [changed_value(item, change) for item in number]
    return changed_value(number, change)


def absolute(law: Tree, value: object) -> Tree:
    """Return a range that multiplies a value as one in the unit of the value.

    Examples
    --------
    >>> absolute({"low": 0.5, "mode": 1, "high": 2, "as": "factor"}, "30 days")
    {'low': '15 days', 'mode': '30 days', 'high': '60 days'}
    """
    if isinstance(value, dict | list | bool) or value is None:
        raise ValueError("its range multiplies a value that is itself a law; write a factor, such as 'x 1.2'")
    made = {}
    for key, number in law.items():
        made[key] = number
        if key in MOVING:
            factors = [Quantity.parse(item) for item in (number if isinstance(number, list) else [number])]
            texts = [
                changed_value(value, times(f.value / (100.0 if f.unit == "%" else 1.0))) for f in factors
            ]
            made[key] = texts if isinstance(number, list) else texts[0]
    return {key: number for key, number in made.items() if key != "as"}
