"""The doors through which foreign bytes come in, each with valid files that edits start from.

What is called stands below the last handler of the command: an exception that is not a CurbsimError counts.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import shutil
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NamedTuple

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
        Uses the files, in their folder; the second path is that of the edited file.
    """

    name: str
    files: Callable[[Path], None]
    targets: str
    call: Callable[[Path, Path], None]


def command(*words: str) -> None:
    """Run a command as its last handler would; mistakes of options end it as others do."""
    try:
        app(list(words), standalone_mode=False)
    except CLICK as error:
        print(f"{MESSAGE}{error}")


def sound(name: str) -> bool:
    """Check a file and say what is wrong with it."""
    problems = sim.check([name])
    if problems:
        print(MESSAGE, *problems, sep="\n")
    return not problems


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


def use_scenario(folder: Path, path: Path) -> None:
    """Check a file, and where it is sound, run it and say what came out."""
    if sound("small.yaml"):
        sim.run(sim.load("small.yaml"), replications=1, jobs=1).words()


def world_files(folder: Path) -> None:
    """Copy tables of a world that comes along, with few rows left in those that nothing hangs on."""
    shutil.copytree(Path(__file__).parents[2] / "scenarios" / "korea_2019", folder / "world")


def use_world(folder: Path, path: Path) -> None:
    sound("world/world.yaml")


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


def use_edges(form: str, folder: Path, path: Path) -> None:
    command("import", f"edges.{form}", "--firms", f"firms.{form}", "--out", "world", "--end", "2019-02-28")
    use_import(folder)


def use_import(folder: Path) -> None:
    if (folder / "world").exists() and sound("world"):
        sim.run(sim.load("world"), replications=1, jobs=1).words()


def graph_files(folder: Path) -> None:
    graph = nx.MultiDiGraph()
    graph.add_node("mine", country="JP", material="ore")
    graph.add_node("shop", country="KR", material="car", final_demand_per_day=3.0)
    graph.add_edge("mine", "shop", amount_per_day=2.0)
    nx.write_graphml(graph, folder / "net.graphml")


def use_graph(folder: Path, path: Path) -> None:
    command("import", "net.graphml", "--out", "world", "--end", "2019-02-28")
    use_import(folder)


def pymrio_files(folder: Path) -> None:
    import pymrio

    pymrio.load_test().save_all(folder / "table")
    for path in (folder / "table").iterdir():  # satellite accounts are not read
        if path.is_dir():
            shutil.rmtree(path)


def use_pymrio(folder: Path, path: Path) -> None:
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


def use_run(folder: Path, path: Path) -> None:
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


def use_unfinished(folder: Path, path: Path) -> None:
    result = sim.run(sim.load("small.yaml"), replications=3, jobs=1, checkpoint="runs")
    assert result.arrays["process"].tobytes() == whole_run()


@functools.cache
def whole_run() -> bytes:
    from sim.scenario.scenario import from_tree

    array: bytes = sim.run(from_tree(small()), replications=3, jobs=1).arrays["process"].tobytes()
    return array


SMALL = ("--replications", "2", "--jobs", "1")
COMMANDS = (
    ("check", "small.yaml", "--network"),
    ("list", "links", "small.yaml", "--format", "csv"),
    ("show", "small.yaml", "--origins"),
    ("diff", "small.yaml", "small.yaml+short"),
    ("new", "fresh", "--extends", "small.yaml"),
    ("run", "small.yaml", *SMALL, "--seed", "3", "--no-structure", "--tables", "csv", "--out", "runs"),
    ("run", "small.yaml", *SMALL, "--horizons", "2019-08-31,2019-10-31", "--format", "json"),
    ("run", "small.yaml", *SMALL, "--precision", "0.05", "--no-uncertainty"),
    ("report", "runs/one", "--tables", "parquet,dta"),
    ("runs",),
    ("compare", "small.yaml", "small.yaml+short", *SMALL, "--format", "csv"),
    ("roles", "small.yaml", *SMALL),
    ("sweep", "small.yaml", "--vary", "model.order_inflation=0,0.5", "--measure", "lost_days", *SMALL),
    ("network", "small.yaml", "--format", "csv"),
    ("structure", "small.yaml", *SMALL),
    (
        *("threshold", "small.yaml", "--stock", "facilities.line.stocks.acid.cover=10 days,40 days"),
        *("--delay", "events.cut.until=2019-07-15,2019-08-30", *SMALL),
    ),
    (
        "import",
        "edges.csv",
        "--firms",
        "firms.csv",
        "--map",
        "supplier=supplier",
        "--unit",
        "t",
        "--out",
        "world",
    ),
    (
        "generate",
        "--firms",
        "20",
        "--links-per-firm",
        "3",
        "--tiers",
        "3",
        "--materials",
        "5",
        "--out",
        "made",
    ),
)
PATHS = (
    ("run.end=2019-05-31", "facilities.*.stocks.*.cover=5 days"),
    ("facilities.line.stocks.acid.cover=+10 %", "events.cut.until=+5 days"),
    ("events.*.date=2019-07-10", "model.order_inflation=x 1.2"),
    ("links.*.lead_time=3 days", "events.duty.regime=general"),
)


def option_files(folder: Path) -> None:
    scenario_files(folder)
    run_files(folder)
    edge_files(folder)
    for number, words in enumerate(COMMANDS):
        (folder / f"{number:02}.words").write_text("\n".join(words))


def path_files(folder: Path) -> None:
    scenario_files(folder)
    for number, changes in enumerate(PATHS):
        words = [word for change in changes for word in ("--set", change)]
        (folder / f"{number}.words").write_text(
            "\n".join(["run", "small.yaml", *SMALL, "--no-structure", *words])
        )
        (folder / f"{number}_show.words").write_text("\n".join(["show", "small.yaml", *words]))


def use_words(folder: Path, path: Path) -> None:
    """Give the command the words of a file, but for those that would leave this machine."""
    words = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if not any(word.startswith("--clu") for word in words):
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
    Entrance("options", option_files, "*.words", use_words),
    Entrance("--set", path_files, "*.words", use_words),
)


class Outcome(NamedTuple):
    """How an input ended: `ran`, `refused` with a message to the user, or `failed`, and what was said."""

    how: str
    says: str


@functools.cache
def valid(name: str) -> Path:
    """Return a folder with the valid files of an entrance, made once and removed at the end."""
    place = tempfile.mkdtemp(prefix="curbsim-fuzz-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    next(entrance for entrance in ENTRANCES if entrance.name == name).files(Path(place))
    return Path(place)


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


def attempt(entrance: Entrance, place: float, edit: Callable[[Path], None]) -> Outcome:
    """Edit one file of an entrance and use it."""
    with tempfile.TemporaryDirectory(prefix="curbsim-fuzz-") as name:
        folder = Path(name) / "work"
        shutil.copytree(valid(entrance.name), folder)
        files = sorted(folder.glob(entrance.targets))
        path = files[int(place * (len(files) - 1))]
        edit(path)
        return used(entrance, folder, path)


def used(entrance: Entrance, folder: Path, path: Path) -> Outcome:
    """Use the files of an entrance, the one at the path edited; `failed` is what must never happen."""
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            with limited(SECONDS):
                entrance.call(folder, path)
        except typer.Exit as ended:
            out.write(MESSAGE if ended.exit_code else "")
        except (sim.CurbsimError, typer.Abort) as error:
            out.write(f"{MESSAGE}{error}")
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            words = " ".join(str(error).split())[:200]
            return Outcome(
                "failed", f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}: {words}"
            )
    text = out.getvalue()
    if said := next((word for word in ("traceback", "internal error") if word in text.lower()), ""):
        return Outcome("failed", f"{said} in {text[:300]}")
    return Outcome("refused" if MESSAGE in text else "ran", text)
