"""The commands that make worlds: from tables and graphs, and made-up ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.printing import say
from sim.errors import CurbsimError

WorldOption = Annotated[Path, typer.Option("--out", help="World folder to write, whole or not at all.")]
StartOption = Annotated[str, typer.Option(help="First day of the run.")]
EndOption = Annotated[str, typer.Option(help="Last day of the run.")]


def import_(
    file: Annotated[
        Path, typer.Argument(help="An edge list (CSV, Parquet), a graph (GraphML), or a folder of pymrio.")
    ],
    out: WorldOption,
    firms: Annotated[Path | None, typer.Option(help="Table of firms beside an edge list.")] = None,
    country: Annotated[
        list[str] | None, typer.Option(help="Country of a region, REGION=KR; may be repeated.")
    ] = None,
    start: StartOption = "2019-01-01",
    end: EndOption = "2019-12-31",
) -> None:
    """Make a world folder from an edge list, a graph or an input-output table."""
    from sim import importers

    world: dict[str, Any] = {"name": out.name, "start": start, "end": end, "out": _new(out)}
    if file.is_dir():
        countries = dict(_pair(text) for text in country or [])
        scenario = importers.from_input_output(_table(file), countries=countries, **world)
    elif file.suffix.lower() == ".graphml":
        scenario = importers.from_graph(_graph(file), **world)
    else:
        scenario = importers.from_edges(file, firms, **world)
    _say_where(scenario.name, out)


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
    _say_where(scenario.name, out)


COMMANDS: dict[str, Callable[..., None]] = {"import": import_, "generate": generate}


def _new(out: Path) -> Path:
    if out.exists():
        raise CurbsimError(f"{out}: there is such a folder already; write --out and another one")
    return out


def _pair(text: str) -> tuple[str, str]:
    region, sign, code = text.partition("=")
    if not sign:
        raise CurbsimError(f"--country {text}: there is no '='; write --country {text}=KR")
    return region, code


def _table(folder: Path) -> object:
    try:
        import pymrio
    except ModuleNotFoundError:
        raise CurbsimError("tables need pymrio; write pip install 'curbsim[tables]'") from None
    try:
        return pymrio.load_all(folder)
    except Exception as error:  # whatever pymrio finds wrong with a folder
        words = " ".join(str(error).split())
        raise CurbsimError(
            f"{folder}: this is no table of pymrio ({words}); write a folder of its save_all"
        ) from None


def _graph(file: Path) -> Any:
    import networkx as nx

    try:
        return nx.DiGraph(nx.read_graphml(file))
    except Exception as error:  # whatever a reader finds wrong with a file
        raise CurbsimError(f"{file}: this is not GraphML ({error}); write an edge list as CSV") from None


def _say_where(name: str, out: Path) -> None:
    say(f"world folder: {out}\nnext: curbsim run {out}, or a file with 'extends: {name}' beside it")
