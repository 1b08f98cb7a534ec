"""What a table of observed figures says about scoring: scale, group, day of knowledge, restatements."""

from __future__ import annotations

import calendar
import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import CurbsimError
from sim.experiments.scoring.scales import SCALES

COLUMNS = (
    "group",
    "scale",
    "normal",
    "normal_simulated",
    "scale_sd",
    "curbed",
    "series",
    "known_on",
    "same_as",
)
NUMBERS = ("normal", "normal_simulated", "scale_sd")
HISTORY = "history.csv"
HISTORY_COLUMNS = ("series", "date", "value", "known_on")
DEFAULT_SCALE = {
    "quantity": "flow",
    "value": "flow",
    "unit value": "flow",
    "licences": "count",
    "relief": "date",
    "first grant": "date",
    "first use": "date",
    "stop": "days lost",
}
ROLES = ("in sample", "forecast", "not out yet")


def read_date(text: str, *, last: bool) -> datetime.date | None:
    """Read a date, or the first or last day of a month.

    Examples
    --------
    >>> str(read_date("2019-02", last=True))
    '2019-02-28'
    """
    if not text:
        return None
    year, month, *day = (int(part) for part in text.split("-"))
    if day:
        return datetime.date(year, month, day[0])
    return datetime.date(year, month, calendar.monthrange(year, month)[1] if last else 1)


def checked(rows: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the table with every column of the scores; raise for the first cell that cannot be used."""
    rows = rows.assign(**{name: "" for name in COLUMNS if name not in rows})
    rows = rows.assign(**{name: pd.to_numeric(rows[name], errors="coerce") for name in NUMBERS})
    rows["scale"] = [row["scale"] or DEFAULT_SCALE[row["measure"]] for _, row in rows.iterrows()]
    for line, (_, row) in enumerate(rows.iterrows(), 2):
        column, wrong = _mistake(row, rows)
        if column:
            raise CurbsimError(f"{path}:{line}:{column}: {row['id']}: {wrong}")
    return rows


def _mistake(row: pd.Series, rows: pd.DataFrame) -> tuple[str, str]:
    """Return the column of the first mistake of a row and what to write; two empty texts when all is well."""
    if row["scale"] not in SCALES:
        return "scale", f"unknown '{row['scale']}'; write one of {', '.join(SCALES)}"
    for column in ("known_on", "begin", "end"):
        try:
            read_date(row[column], last=True)
        except ValueError:
            return column, f"'{row[column]}' is no date; write one such as 2019-11-16"
    for name in filter(None, row["same_as"].split("|")):
        other = rows[rows["id"] == name]
        if other.empty or other["same_as"].iloc[0]:
            return "same_as", f"'{name}' is no figure that counts itself; write the id of one"
    if not row["group"] or row["same_as"]:
        return "", ""
    if not row["known_on"]:
        return "known_on", "it has a group but no day; write the day on which it was known"
    if not row["scale_sd"] >= 0.0:
        return "scale_sd", "it has no error of observation; write one on its scale, such as 0.05"
    if row["scale"] == "flow" and not row["normal"] > 0.0:
        return "normal", "it is a flow without a normal amount; write that of its period, in its unit"
    return "", ""


def scored(rows: pd.DataFrame) -> np.ndarray:
    """Tell which figures are scored: those with a group that restate no other one."""
    return np.asarray((rows["group"] != "") & (rows["same_as"] == ""))


def within(rows: pd.DataFrame, first: datetime.date, last: datetime.date) -> np.ndarray:
    """Tell which figures speak of days that all lie between two."""
    begins = [read_date(text, last=False) or first for text in rows["begin"]]
    ends = [read_date(text, last=True) or first for text in rows["end"]]
    return np.array([first <= a and b <= last for a, b in zip(begins, ends, strict=True)], dtype=bool)


def last_day(rows: pd.DataFrame) -> datetime.date | None:
    """Return the last day that any figure speaks of; None when none has a period."""
    ends = [read_date(text, last=True) for text in rows["end"]]
    return max((day for day in ends if day), default=None)


def ends_on(row: pd.Series) -> datetime.date:
    """Return the last day that a figure speaks of: that of its period, or the date itself."""
    begin, end = read_date(row["begin"], last=False), read_date(row["end"], last=True)
    if end is not None:
        return end
    days = float(row["observed"])
    if begin is None or not np.isfinite(days):
        return datetime.date.max
    return begin + datetime.timedelta(days=days)


def role(row: pd.Series, origin: datetime.date) -> str:
    """Return what a figure is at an origin: known, a forecast, or past but not out yet."""
    known = read_date(row["known_on"], last=True)
    if known is not None and known <= origin:
        return "in sample"
    return "forecast" if ends_on(row) > origin else "not out yet"


def read_history(folder: Path, scored_rows: pd.DataFrame, start: datetime.date) -> pd.DataFrame:
    """Read what was known of each series and when, from which naive forecasts are made.

    Of each series of a flow a period before the curbs has to be known on their first day.
    """
    path = folder / HISTORY
    if not path.is_file():
        raise CurbsimError(
            f"{folder}: no {HISTORY} for the naive forecasts; write one, as in scenarios/korea_2019"
        )
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [name for name in HISTORY_COLUMNS if name not in rows]
    if missing:
        raise CurbsimError(f"{path}:1: no column {missing[0]}; write {', '.join(HISTORY_COLUMNS)}")
    known = [_known(row, f"{path}:{line}") for line, (_, row) in enumerate(rows.iterrows(), 2)]
    rows = rows.assign(**pd.DataFrame(known, columns=["value", "last", "known_on"], dtype=object))
    rows = rows.assign(value=rows["value"].astype(float))
    early = rows[[max(days) <= start for days in zip(rows["last"], rows["known_on"], strict=True)]]
    for _, row in scored_rows[scored_rows["scale"].isin(("flow", "share"))].iterrows():
        if row["series"] not in set(early["series"]):
            raise CurbsimError(
                f"{path}: nothing of series '{row['series']}' ({row['id']}) was known on {start}; write its "
                "months before, with known_on"
            )
    return rows


def _known(row: pd.Series, place: str) -> tuple[float, datetime.date, datetime.date]:
    """Return the value, the last day of the period and the day of knowledge of a row of a history."""
    try:
        last, known = (read_date(row[name], last=True) for name in ("date", "known_on"))
        value = float(row["value"])
    except ValueError:
        last = known = None
        value = np.nan
    if last is None or known is None or not np.isfinite(value):
        raise CurbsimError(
            f"{place}: '{row['date']}', '{row['value']}', '{row['known_on']}'; write a month or day, "
            "a number and a day, such as 2019-05, 3341, 2019-06-16"
        )
    return value, last, known
