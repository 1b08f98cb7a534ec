"""The doors through which foreign bytes come in, each with valid files that edits start from.

What is called stands below the last handler of the command: an exception that is not a CurbsimError counts.
"""

from __future__ import annotations

import contextlib
import functools
import io
import shutil
import signal
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import networkx as nx
import pandas as pd
import typer
from ruamel.yaml import YAML

import sim
from sim.cli.app import app
from tests.worlds import chain, event

SECONDS = 30  # that an input may take
CLICK: type[Exception] = typer.BadParameter.__mro__[2]  # what typer's own copy of click raises
MESSAGE = "message to the user: "
QUIET = (sim.CurbsimError, typer.Exit, typer.Abort)


@dataclass(frozen=True)
class Entrance:
    """A door.

    Attributes
    ----------
    files : callable
        Writes valid files into a folder.
    targets : str
        Pattern of the files that are edited, one at a time.
    call : callable
        Uses the files, in their folder.
    """

    name: str
    files: Callable[[Path], None]
    targets: str
    call: Callable[[Path], None]


def command(*words: str) -> None:
    """Run a command as its last handler would; mistakes of options end it as others do."""
    try:
        app(list(words), standalone_mode=False)
    except CLICK as error:
        print(f"{MESSAGE}{error}")


def small() -> dict[str, object]:
    """Return a small scenario with most things in it."""
    return chain(
        run={"end": "2019-12-31", "replications": 2, "seed": 5},
        events={
            "cut": event("embargo", role="treatment", until="2019-08-30"),
            "duty": event("licence", role="treatment", regime="individual", note="$x$ {b} [/blue]"),
        },
        variants={"short": {"events": {"cut": {"until": "2019-07-15"}}}},
    )


def write_yaml(tree: object, path: Path) -> None:
    """Write a file as a user would."""
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)


def scenario_files(folder: Path) -> None:
    write_yaml(small(), folder / "small.yaml")


def use_scenario(folder: Path) -> None:
    """Check a file, and where it is sound, run it and say what came out."""
    if not sim.check(["small.yaml"]):
        sim.run(sim.load("small.yaml"), replications=1, jobs=1).words()


def world_files(folder: Path) -> None:
    """Copy tables of a world that comes along, with few rows left in those that nothing hangs on."""
    shutil.copytree(Path(__file__).parents[2] / "scenarios" / "korea_2019", folder / "world")


def use_world(folder: Path) -> None:
    sim.check(["world/world.yaml"])


def edge_files(folder: Path) -> None:
    edges = pd.DataFrame(
        {
            "supplier": ["mine", "mine", "mill"],
            "buyer": ["mill", "shop", "shop"],
            "amount_per_day": [1.0, 2.0, 3.0],
        }
    )
    firms = pd.DataFrame(
        {
            "id": ["mine", "mill", "shop"],
            "country": ["JP", "KR", "US"],
            "material": ["ore", "steel", "car"],
            "final_demand_per_day": [0.0, 0.0, 4.0],
        }
    )
    edges.to_csv(folder / "edges.csv", index=False)
    firms.to_csv(folder / "firms.csv", index=False)


def parquet_files(folder: Path) -> None:
    edge_files(folder)
    for name in ("edges", "firms"):
        pd.read_csv(folder / f"{name}.csv").to_parquet(folder / f"{name}.parquet", index=False)


def use_edges(form: str, folder: Path) -> None:
    command("import", f"edges.{form}", "--firms", f"firms.{form}", "--out", "world", "--end", "2019-02-28")
    use_import(folder)


def use_import(folder: Path) -> None:
    if (folder / "world").exists() and not sim.check(["world"]):
        sim.run(sim.load("world"), replications=1, jobs=1).words()


def graph_files(folder: Path) -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("mine", country="JP", material="ore")
    graph.add_node("shop", country="KR", material="car", final_demand_per_day=3.0)
    graph.add_edge("mine", "shop", amount_per_day=2.0)
    nx.write_graphml(graph, folder / "net.graphml")


def use_graph(folder: Path) -> None:
    command("import", "net.graphml", "--out", "world", "--end", "2019-02-28")
    use_import(folder)


def pymrio_files(folder: Path) -> None:
    import pymrio

    pymrio.load_test().save_all(folder / "table")
    for path in (folder / "table").iterdir():  # satellite accounts are not read
        if path.is_dir():
            shutil.rmtree(path)


def use_pymrio(folder: Path) -> None:
    regions = [
        word
        for number in range(1, 7)
        for word in ("--country", f"reg{number}={'DE FR GB US JP KR'.split()[number - 1]}")
    ]
    command("import", "table", *regions, "--out", "world", "--end", "2019-01-31")


def run_files(folder: Path) -> None:
    from sim.scenario.scenario import from_tree

    result = sim.run(from_tree(small()), jobs=1)
    saved = result.save(
        folder / "runs", figures=lambda place: sim.plots.save_all(result, place, result.scenario)
    )
    saved.rename(folder / "runs" / "one")


def use_run(folder: Path) -> None:
    result = sim.read("runs/one")
    result.words()
    sim.report.write(result, folder / "runs" / "one")


def unfinished_files(folder: Path) -> None:
    scenario_files(folder)

    seen: list[int] = []

    def stop(count: int) -> None:
        seen.append(count)
        if len(seen) > 2:  # the first has daily records, which are not kept
            raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt), warnings.catch_warnings(action="ignore"):
        sim.run(
            sim.load(folder / "small.yaml"), replications=3, jobs=1, checkpoint=folder / "runs", progress=stop
        )


def use_unfinished(folder: Path) -> None:
    result = sim.run(sim.load("small.yaml"), replications=3, jobs=1, checkpoint="runs")
    assert result.arrays["process"].tobytes() == whole_run()


@functools.cache
def whole_run() -> bytes:
    from sim.scenario.scenario import from_tree

    array: bytes = sim.run(from_tree(small()), replications=3, jobs=1).arrays["process"].tobytes()
    return array


def option_files(folder: Path) -> None:
    scenario_files(folder)
    lines = ["check", "small.yaml", "--network"]
    (folder / "words").write_text("\n".join(lines))


def show_files(folder: Path) -> None:
    scenario_files(folder)
    lines = [
        "show",
        "small.yaml",
        "--set",
        "run.end=2019-05-31",
        "--set",
        "facilities.*.stocks.*.cover=5 days",
    ]
    (folder / "words").write_text("\n".join(lines))


def use_words(folder: Path) -> None:
    words = (folder / "words").read_text(encoding="utf-8", errors="replace").split("\n")
    if not {"notebook", "dash", "--cluster", "bench"} & {*words}:
        command(*words)


ENTRANCES = (
    Entrance("scenario", scenario_files, "small.yaml", use_scenario),
    Entrance("world tables", world_files, "world/*.*", use_world),
    Entrance("edge list, CSV", edge_files, "*.csv", functools.partial(use_edges, "csv")),
    Entrance("edge list, Parquet", parquet_files, "*.parquet", functools.partial(use_edges, "parquet")),
    Entrance("GraphML", graph_files, "net.graphml", use_graph),
    Entrance("pymrio folder", pymrio_files, "table/*.*", use_pymrio),
    Entrance("run folder", run_files, "runs/one/*.*", use_run),
    Entrance("unfinished", unfinished_files, "runs/.unfinished/*/*.npz", use_unfinished),
    Entrance("options", option_files, "words", use_words),
    Entrance("--set", show_files, "words", use_words),
)


@functools.cache
def valid(name: str) -> Path:
    """Return a folder with the valid files of an entrance, made once."""
    folder = Path(tempfile.mkdtemp(prefix="curbsim-fuzz-"))
    next(entrance for entrance in ENTRANCES if entrance.name == name).files(folder)
    return folder


@contextlib.contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise TimeoutError when something takes longer."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def attempt(entrance: Entrance, place: float, edit: Callable[[bytes], bytes], *, strict: bool = False) -> str:
    """Edit one file of an entrance and use it; return what counts as a failure, or nothing.

    A message to the user is no failure, unless `strict`: then the files must be good.
    """
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        shutil.copytree(valid(entrance.name), folder)
        files = sorted(folder.glob(entrance.targets))
        path = files[int(place * (len(files) - 1))]
        path.write_bytes(edit(path.read_bytes()))
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                with limited(SECONDS):
                    entrance.call(folder)
            except QUIET as error:
                out.write(f"{MESSAGE}{error}")
            except BaseException as error:
                where = error.__traceback__
                while where is not None and where.tb_next is not None:
                    where = where.tb_next
                spot = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else ""
                return f"{type(error).__name__} at {spot}: {' '.join(str(error).split())[:200]}"
    text = out.getvalue()
    if strict and MESSAGE in text:
        return text
    return next((word for word in ("traceback", "internal error") if word in text.lower()), "")
