"""Networks from input-output tables (pymrio): sectors of regions as facilities, flows as amounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from sim.arguments import shown
from sim.errors import CurbsimError, Problem, ScenarioError, quoted
from sim.importers.names import say_countries
from sim.importers.units import priced, require_plain_money, unit_word
from sim.importers.worlds import WorldOptions, make_world, require_options
from sim.network.large.assumptions import Assumptions, few, whole_tables
from sim.network.large.cells import clean, is_odd, selectable, text_of
from sim.network.large.foreign_files import read_parquet
from sim.scenario import Scenario
from sim.scenario.schema.countries import country_code
from sim.types import Floats

YEAR = 365.0  # days
WHOLE = "write the same (region, sector), each once, in the rows and columns of Z and the rows of Y and unit"
PLAIN_FILES = (".txt", ".parquet")  # that pymrio saves; its pickles are programs
LISTED = 20  # mistakes


def from_input_output(
    table: Any, *, countries: Mapping[str, str] | None = None, unit: str = "", **options: Any
) -> Scenario:
    """Return a world made from an input-output table: sectors of regions as facilities.

    Flows Z and final demand Y, per year, are amounts a day; a sector's use of its own product is left out of
    both its inputs and its output. A flow in currency has the price 1.

    Parameters
    ----------
    table : pymrio.IOSystem
        With Z and Y, and the unit of each sector where it has one.
    countries : dict, optional
        Countries of regions whose names are no countries of ISO 3166; XX and the like are your own regions.
    unit : str, optional
        Of all flows, such as `M.EUR` for million euro; that of the table, else USD.
    options
        `name`, `start` and `end` of the world, `out`: the world folder to write, whole or not at all.

    Raises
    ------
    ScenarioError
        With flows and final demand that are empty or negative, each with its region and sector.
    """
    require_options(from_input_output, unit, options)
    if not hasattr(table, "Z") or not hasattr(table, "Y"):
        raise CurbsimError(
            f"table takes an IOSystem of pymrio with Z and Y, not {shown(table)}; write for example "
            "pymrio.load_test()"
        )
    if countries is not None and not isinstance(countries, Mapping):
        raise CurbsimError(
            f"countries is {shown(countries)}; write a country for each region: {{'reg1': 'KR'}}"
        )
    said = Assumptions()
    try:
        links, firms = read_input_output(table, countries or {}, said)
        materials, currency = priced(_given_units(table, firms["material"].tolist(), unit, said), said)
        whole = whole_tables(links, firms, said)
    except CurbsimError:
        raise
    except Exception as error:  # whatever pandas finds wrong with indices and cells
        raise CurbsimError(
            f"{getattr(table, 'place', 'table')}: this is no input-output table "
            f"({' '.join(str(error).split())}); {WHOLE}"
        ) from error
    return make_world(whole, WorldOptions(materials=materials, currency=currency, **options))


def read_input_output(
    table: Any, countries: Mapping[str, str], said: Assumptions | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the links and the firms of an input-output table."""
    said = Assumptions() if said is None else said
    flows = _square(table)
    final = _final_demand(table, flows, said)
    pairs = [(str(region), str(sector)) for region, sector in flows.index]
    _require_numbers(flows, pairs)
    codes = _codes(sorted({region for region, _ in pairs}), countries)
    say_countries([region for region in codes if region not in countries], said)
    if float(final.sum()) <= 0.0:
        raise CurbsimError("final demand Y is 0 in all sectors: nothing is made; write what users buy")
    names = _names(pairs, said)
    firms = pd.DataFrame(
        {
            "id": [name for name, _ in names],
            "country": [codes[region] for region, _ in pairs],
            "material": [material for _, material in names],
            "final_demand_per_day": final / YEAR,
        }
    )
    amount = flows.to_numpy(dtype=np.float64, copy=True)
    own = float(np.trace(amount))
    if own > 0.0:
        said.say("own_use", f"Left out: what sectors use of their own product, {own:,.6g} a year in all.")
    np.fill_diagonal(amount, 0.0)
    buyer, supplier = np.nonzero(amount.T)
    ids = firms["id"].to_numpy(dtype=object)
    links = {"supplier": ids[supplier], "buyer": ids[buyer], "amount_per_day": amount[supplier, buyer] / YEAR}
    return pd.DataFrame(links), firms


def _square(table: Any) -> pd.DataFrame:
    """Return the flows with rows and columns in one order."""
    flows = pd.DataFrame(table.Z, copy=True)
    if flows.index.nlevels != 2 or flows.columns.nlevels != 2:
        raise CurbsimError("the rows and columns of Z are not (region, sector): write both as a MultiIndex")
    for axis in (flows.index, flows.columns):
        if axis.has_duplicates:
            twice = _pair(axis[axis.duplicated()].tolist()[0])
            raise CurbsimError(f"{twice} is there twice in Z; keep one of its rows and columns")
    if set(flows.index) != set(flows.columns):
        odd = sorted(map(str, set(flows.index) ^ set(flows.columns)))
        raise CurbsimError(f"the rows and columns of Z are not the same sectors: {few(odd)} is in one only")
    return flows.reindex(columns=flows.index)


def _final_demand(table: Any, flows: pd.DataFrame, said: Assumptions) -> Any:
    """Return final demand of each sector in a year, summed over its columns.

    Raises
    ------
    ScenarioError
        With cells that are empty, and sectors whose sum is negative.
    """
    given = pd.DataFrame(table.Y)
    if given.index.has_duplicates or set(given.index) != set(flows.index):
        odd = sorted(map(str, set(given.index) ^ set(flows.index)))
        raise CurbsimError(f"the rows of Y are not those of Z: {few(odd)} is in one only, or twice")
    given = given.reindex(index=flows.index)
    names = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in given.columns]
    cells = _numbers(given)
    problems = [
        (
            f"final demand for {_pair(given.index[i])} in the column {names[j]} is {_word(given.iat[i, j])}",
            FILL,
        )
        for i, j in zip(*np.nonzero(~np.isfinite(cells)), strict=True)
    ]
    sums = np.where(np.isfinite(cells), cells, 0.0).sum(axis=1)
    for i in np.flatnonzero(sums < 0.0).tolist():
        low = [f"{names[j]} {cells[i, j]:,.6g}" for j in np.flatnonzero(cells[i] < 0.0).tolist()]
        remedy = f"leave out the columns of stock changes or imports ({few(low)}), or book them as inputs"
        problems.append((f"final demand for {_pair(given.index[i])} is {sums[i]:,.6g} a year", remedy))
    _raise(problems)
    low_cells = [
        f"{_pair(given.index[i])} {cells[i, j]:,.6g} ({names[j]})" for i, j in np.argwhere(cells < 0.0)
    ]
    if low_cells:
        said.say("final_demand", f"Columns of final demand are summed, negative ones too: {few(low_cells)}.")
    return sums


FILL = "write a number, 0 for none"


def _require_numbers(flows: pd.DataFrame, pairs: list[tuple[str, str]]) -> None:
    """Report flows that are empty or negative, with both sectors."""
    cells = _numbers(flows)
    problems = []
    for i, j in np.argwhere(~np.isfinite(cells) | (cells < 0.0)).tolist():
        where = f"the flow from {_pair(pairs[i])} to {_pair(pairs[j])}"
        if np.isfinite(cells[i, j]):
            problems.append((f"{where} is {cells[i, j]:,.6g} a year", "write 0 or more"))
        else:
            problems.append((f"{where} is {_word(flows.iat[i, j])}", FILL))
    _raise(problems)


def _numbers(frame: pd.DataFrame) -> Floats:
    """Return cells as numbers, NaN for what is none or has no end."""

    def plain(cells: pd.Series) -> pd.Series:
        odd = cells.dtype.kind in "Oc"
        bare = cells.map(lambda cell: None if is_odd(cell) else cell) if odd else cells
        return pd.to_numeric(bare, errors="coerce")

    return frame.apply(plain).to_numpy(dtype=np.float64)


def _pair(pair: Any) -> str:
    return f"{pair[0]} {pair[1]}"


def _word(cell: Any) -> str:
    if is_odd(cell):
        return f"{quoted(text_of(cell))}, no number or too large"
    return "empty" if pd.isna(cell) else f"{quoted(cell)}, no number"


def _raise(problems: list[tuple[str, str]]) -> None:
    if problems:
        more = len(problems) - LISTED
        told = [Problem("table", i, 0, "", *words) for i, words in enumerate(problems[:LISTED], 1)]
        told = [Problem("table", 0, 0, "", problem.wrong, problem.remedy) for problem in told]
        rest = [Problem("table", 0, 0, "", f"and {more:,} more of the kind", "")] if more > 0 else []
        raise ScenarioError([*told, *rest])


def _codes(regions: list[str], countries: Mapping[str, str]) -> dict[str, str]:
    """Return the country of each region: as given, or by its own name."""
    unused = sorted(set(countries) - set(regions))
    if unused:
        raise CurbsimError(f"there is no region {few(unused)}; the regions are {few(regions)}")
    codes = {region: country_code(str(countries.get(region, region))) for region in regions}
    unknown = [region for region, code in codes.items() if code is None]
    if unknown:
        raise CurbsimError(
            f"regions that are no country codes: {', '.join(unknown)}; write a country for each, or two "
            f"letters for a region of your own: countries={{'{unknown[0]}': 'KR', ...}} "
            f"(--country {unknown[0]}=KR)"
        )
    return {region: str(code) for region, code in codes.items()}


def _names(pairs: list[tuple[str, str]], said: Assumptions) -> list[tuple[str, str]]:
    """Return the name of each sector of a region, and of what it makes."""
    names = [(_written(f"{region}_{sector}"), _written(sector)) for region, sector in pairs]
    first: dict[str, tuple[str, str]] = {}
    for pair, (name, _) in zip(pairs, names, strict=True):
        other = first.setdefault(name, pair)
        if other != pair:
            raise CurbsimError(
                f"{_pair(other)} and {_pair(pair)} would both be called {name}; rename one of them"
            )
    changed = {sector: made for (_, sector), (_, made) in zip(pairs, names, strict=True) if sector != made}
    materials: dict[str, str] = {}
    for sector, made in {sector: made for (_, sector), (_, made) in zip(pairs, names, strict=True)}.items():
        if materials.setdefault(made, sector) != sector:
            both = f"the sectors '{materials[made]}' and '{sector}'"
            raise CurbsimError(f"{both} would both be called {made}; rename one of them")
    if changed:
        texts = [f"'{old}' as '{new}'" for old, new in changed.items()]
        said.say("names", f"Written otherwise: {few(texts)}.")
    return names


def _written(name: str) -> str:
    return selectable(clean(name)).replace(" ", "_")


def _given_units(table: Any, materials: list[str], unit: str, said: Assumptions) -> dict[str, str]:
    """Return the unit of each material: the one that is written, that of the table, or USD."""
    require_plain_money(unit)
    given = getattr(table, "unit", None)
    if unit or not isinstance(given, pd.DataFrame) or given.empty:
        if not unit:
            said.say("units", "The table gives no unit: flows are taken as USD (unit='EUR', --unit EUR).")
        return dict.fromkeys(materials, unit_word(unit or "USD"))
    if given.index.has_duplicates:
        twice = _pair(given.index[given.index.duplicated()].tolist()[0])
        raise CurbsimError(f"{twice} is there twice in unit; keep one of its rows")
    cells = given.iloc[:, 0].reindex(table.Z.index)
    units: dict[str, str] = {}
    for material, cell in zip(materials, cells, strict=True):
        word = unit_word("unit" if pd.isna(cell) else str(cell))
        if units.setdefault(material, word) != word:
            raise CurbsimError(
                f"{material} is in {units[material]} in one region, {word} in another; write unit= (--unit)"
            )
    return units


def read_saved_table(folder: Path) -> SimpleNamespace:
    """Read Z, Y and unit of a table that pymrio has saved, from plain files inside its folder only.

    Raises
    ------
    CurbsimError
        When the folder is no table, or it names a file that may hold a program, or one outside of it.
    """
    parameters = folder / "file_parameters.json"
    files = _saved_files(parameters)
    table = SimpleNamespace(place=folder)
    for key in ("Z", "Y", "unit"):
        if key in files:
            setattr(table, key, _saved_frame(parameters, files[key]))
        elif key != "unit":
            raise CurbsimError(
                f"{parameters}: there is no file of {key}; write a folder of pymrio's save_all"
            )
    return table


def _saved_files(parameters: Path) -> dict[str, Any]:
    try:
        if parameters.is_symlink():
            raise ValueError("it is a link, which is not followed")
        content = json.loads(parameters.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = (
            "there is no such file" if isinstance(error, FileNotFoundError) else " ".join(str(error).split())
        )
        raise CurbsimError(
            f"{parameters.parent}: this is no table of pymrio ({parameters.name}: {reason}); "
            "write a folder of its save_all"
        ) from None
    files = content.get("files") if isinstance(content, dict) else None
    return files if isinstance(files, dict) else {}


def _saved_frame(parameters: Path, entry: Any) -> pd.DataFrame:
    """Read one file of a saved table."""
    entry = entry if isinstance(entry, dict) else {}
    path = parameters.parent / _plain_name(parameters, str(entry.get("name", "")))
    try:
        if path.suffix.lower() == ".parquet":
            return read_parquet(path)
        rows, columns = (list(range(int(entry.get(key, 1)))) for key in ("nr_header", "nr_index_col"))
        # NA is Namibia
        return pd.read_csv(
            path,
            sep="\t",
            header=rows,
            index_col=columns,
            keep_default_na=False,
            na_values=[""],
            low_memory=False,
        )
    except Exception as error:  # whatever a reader finds wrong with a file
        raise CurbsimError(f"{path}: this is no table of pymrio ({' '.join(str(error).split())})") from None


def _plain_name(parameters: Path, name: str) -> str:
    """Refuse names outside the folder, and files that may hold programs which run when they are read."""
    path = parameters.parent / name
    if Path(name).name != name or "\\" in name or path.is_symlink():
        raise CurbsimError(
            f"{parameters}: it names {quoted(name)}, outside the folder or a link; copy the file into it"
        )
    if path.suffix.lower() not in PLAIN_FILES:
        raise CurbsimError(
            f"{parameters}: it names {quoted(name)}, a kind of file that may hold a program; save the table "
            "as text, save_all(..., table_format='txt')"
        )
    if not path.is_file():
        raise CurbsimError(f"{parameters}: it names {quoted(name)}, and there is no such file; copy it there")
    return name
