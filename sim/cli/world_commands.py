"""The commands that make worlds: from tables and graphs, and made-up ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.arguments import command_word
from sim.cli.printing import say
from sim.errors import CurbsimError

if TYPE_CHECKING:
    from sim.scenario import Scenario

WorldOption = Annotated[Path, typer.Option("--out", help="World folder to write, whole or not at all.")]
StartOption = Annotated[str, typer.Option(help="First day of the run.")]
EndOption = Annotated[str, typer.Option(help="Last day of the run.")]


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="An edge list (CSV, Excel, Parquet), a graph (GraphML, GML, GEXF, Pajek), "
            "or a folder of pymrio."
        ),
    ],
    out: WorldOption,
    firms: Annotated[Path | None, typer.Option(help="Table of firms beside an edge list.")] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="Header of a column, supplier=node1; may be repeated.", metavar="COLUMN=HEADER"
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(help="Header of a column that is not used; may be repeated.")
    ] = None,
    decimal: Annotated[str, typer.Option(help="Decimal sign, where numbers leave it open: '.' or ','.")] = "",
    country: Annotated[
        list[str] | None, typer.Option(help="Country of a region, REGION=KR; may be repeated.")
    ] = None,
    unit: Annotated[str, typer.Option(help="Of all flows: EUR, M.EUR, t; a currency is its own price.")] = "",
    start: StartOption = "2019-01-01",
    end: EndOption = "2019-12-31",
) -> None:
    """Make a world folder from an edge list, a graph or an input-output table."""
    from sim import importers
    from sim.importers.graphs import READERS, read_graph
    from sim.importers.input_output import read_saved_table

    world: dict[str, Any] = {"name": out.name, "start": start, "end": end, "out": _new(out)}
    columns: dict[str, Any] = {"columns": _pairs("map", map_, "node1"), "ignore": tuple(ignore or ())}
    if file.is_dir():
        _refuse(file, firms=firms, map=map_, ignore=ignore, decimal=decimal)
        countries = _pairs("country", country, "KR")
        scenario = importers.from_input_output(
            read_saved_table(file), countries=countries, unit=unit, **world
        )
    elif file.suffix.lower() in READERS:
        _refuse(file, firms=firms, decimal=decimal, country=country)
        scenario = importers.from_graph(read_graph(file), unit=unit, **columns, **world)
    else:
        _refuse(file, country=country)
        scenario = importers.from_edges(file, firms, decimal=decimal, unit=unit, **columns, **world)
    _say_where(scenario, out)


def _refuse(file: Path, **options: object) -> None:
    """Refuse options that a kind of file does not have."""
    for name, value in options.items():
        if value:
            raise CurbsimError(f"--{name}: {file} takes no such option; leave it out")


def generate(
    out: WorldOption,
    firms: Annotated[int, typer.Option(help="How many firms.")] = 10_000,
    links_per_firm: Annotated[float, typer.Option(help="Links for each firm, on average.")] = 5.0,
    tiers: Annotated[int, typer.Option(help="From raw materials to final goods.")] = 5,
    materials: Annotated[int, typer.Option(help="Over all tiers.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed makes the same network.")] = 0,
    start: StartOption = "2019-01-01",
    end: EndOption = "2019-12-31",
) -> None:
    """Make a world folder of made-up firms, with as many partners as real firms have."""
    from sim import importers

    scenario = importers.generate(
        firms,
        links_per_firm=links_per_firm,
        tiers=tiers,
        materials=materials,
        seed=seed,
        name=out.name,
        start=start,
        end=end,
        out=_new(out),
    )
    _say_where(scenario, out)


COMMANDS: dict[str, Callable[..., None]] = {"import": import_, "generate": generate}


def _new(out: Path) -> Path:
    if out.exists():
        raise CurbsimError(f"{out}: there is such a folder already; write --out and another one")
    return out


def _pairs(option: str, texts: list[str] | None, example: str) -> dict[str, str]:
    pairs = {}
    for text in texts or []:
        key, sign, value = text.partition("=")
        if not sign:
            raise CurbsimError(f"--{option} {text}: there is no '='; write --{option} {text}={example}")
        if key in pairs:
            raise CurbsimError(f"--{option} {text}: {key} is there twice; keep one of them")
        pairs[key] = value
    return pairs


def _say_where(scenario: Scenario, out: Path) -> None:
    """Say what was assumed, where the world is, and what comes next."""
    from sim.scenario.titles import assumption_lines

    for line in assumption_lines(scenario.document.meta.assumptions):
        say(line)
    say(f"world folder: {out}")
    say(f"next: curbsim run {command_word(out)}, or a file with 'extends: {scenario.name}' beside it")
