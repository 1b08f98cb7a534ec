"""Headers of columns as words: in small letters, and the time that they name."""

from __future__ import annotations

import re

from sim.network.large.cells import clean

#: The unit of time that a word of a header names.
TIME_WORDS = {
    **dict.fromkeys(["hour", "hours", "hrs", "stunden"], "hours"),
    **dict.fromkeys(["day", "days", "tag", "tage", "tagen", "daily"], "days"),
    **dict.fromkeys(["week", "weeks", "wk", "wks", "woche", "wochen", "weekly"], "weeks"),
    **dict.fromkeys(["month", "months", "monat", "monate", "monaten", "monthly"], "months"),
    **dict.fromkeys(["quarter", "quarters", "quartal", "quarterly"], "quarters"),
    **dict.fromkeys(["year", "years", "yr", "jahr", "jahre", "jahren", "annual", "yearly"], "years"),
}
IN_DAYS = {
    "hours": "over 24",
    "weeks": "times 7",
    "months": "times 30.4",
    "quarters": "times 91",
    "years": "times 365",
}
A_DAY = {
    "hours": "times 24",
    "weeks": "over 7",
    "months": "over 30.4",
    "quarters": "over 91",
    "years": "over 365",
}


def plain(header: str) -> str:
    """Return a header in small letters, words joined by underscores.

    Examples
    --------
    >>> plain(" Lead time (days)"), plain("SUPPLIER ")
    ('lead_time_days', 'supplier')
    """
    return re.sub(r"[\W_]+", "_", clean(str(header)).lower()).strip("_")


def time_of(header: str) -> str:
    """Return the unit of time that a header names, nothing where it names none.

    Examples
    --------
    >>> time_of("lead_time_weeks"), time_of("Cover (months)"), time_of("lead time")
    ('weeks', 'months', '')
    """
    return next((TIME_WORDS[word] for word in plain(header).split("_") if word in TIME_WORDS), "")


def in_time_of(header: str, column: str) -> str:
    """Return what to write where a header names another unit of time than a column, else nothing.

    Examples
    --------
    >>> in_time_of("lead_time_weeks", "lead_time_days")
    'write lead_time_days, its numbers times 7'
    >>> in_time_of("monthly demand", "final_demand_per_day")
    'write final_demand_per_day, its numbers over 30.4'
    """
    own, given = time_of(column), time_of(header)
    if not own or not given or own == given:
        return ""
    if own == "years":
        return (
            f"write {column.replace('_year', '_day')}, its numbers {A_DAY[given]}"
            if given != "days"
            else (f"write {column.replace('_year', '_day')}")
        )
    factor = (A_DAY if column.endswith("_per_day") else IN_DAYS)[given]
    return f"write {column}, its numbers {factor}"
