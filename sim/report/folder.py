"""Writing the report into a run folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from sim.report.page import render
from sim.report.pictures import pictures
from sim.report.sections import sections
from sim.results import Result

PAGE, TABLES = "report.html", "report_tables"


def write(result: Result, folder: Path, *, stata: bool = False) -> Path:
    """Write `report.html` and `report_tables/` into a run folder and return the path of the page.

    Figures are read from `figures/` beside it; what is missing there is drawn first.

    Parameters
    ----------
    stata : bool
        Also write every table as .dta.
    """
    parts = sections(result)
    place = folder / TABLES
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    forms = ("csv", "tex", "dta") if stata else ("csv", "tex")
    for table in (table for part in parts for table in part.tables):
        table.write(place, forms)
    page = folder / PAGE
    page.write_text(render(result, parts, pictures(result, folder / "figures")), encoding="utf-8")
    return page
