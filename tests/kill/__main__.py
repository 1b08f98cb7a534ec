"""`make kill`: stop commands at random moments, one or two at a time, and see that nothing is lost in the end.

A round picks a study or two, starts them in one folder of runs, sends each a signal at a random moment, some
rounds twice, and then gives the same commands again until they are whole. In the end the folders must hold the
same bytes as those of undisturbed commands, and no process may be left.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil
from ruamel.yaml import YAML

from tests.experiments.test_calibration import GRANT, SHIPPED, write_case
from tests.validation_table import PAGE, commit_and_day, with_section
from tests.worlds import chain, event

PAIR = ["small.yaml", "small.yaml+short"]
STUDIES = {
    "run": ["run", "small.yaml", "--replications", "300", "--tables", "csv"],
    "run, serial": ["run", "small.yaml+short", "--replications", "200", "--tables", "csv", "--jobs", "1"],
    "compare": ["compare", *PAIR, "--replications", "300"],
    "sweep": ["sweep", "small.yaml", "--vary", "model.order_inflation=0,0.5,1", "--replications", "200"],
    "roles": ["roles", "small.yaml", "--replications", "100"],
    "sensitivity": ["sensitivity", "small.yaml", "--method", "morris", "--points", "8"],
    "calibrate": ["calibrate", "case.yaml", "--points", "64", "--waves", "1"],
    "hindcast": ["hindcast", "case.yaml", "--replications", "200"],
}
MOMENT = (0.5, 5.0)  # seconds after the start, within which a signal comes
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
LONGEST = 240  # seconds that a command may take in the end


def inputs(folder: Path) -> None:
    """Write the scenario and the case of all studies."""
    tree = chain(
        run={"end": "2020-03-31", "replications": 4, "seed": 5},
        events={"cut": event("embargo", role="treatment", until="2019-12-31")},
        variants={"short": {"events": {"cut": {"until": "2019-08-01"}}}},
        uncertain={
            "facilities.line.stocks.acid.cover": {"low": "20 days", "high": "40 days", "source": "estimate"}
        },
    )
    with (folder / "small.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)
    case = write_case(folder, {"grant": GRANT | {"observed": 40}, "shipped": SHIPPED | {"observed": 100}})
    Path(case).rename(folder / "case.yaml")


def start(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start a command whose output nobody reads."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", "sim", *words], cwd=folder, stdout=quiet, stderr=quiet)


def leaves(folder: Path) -> dict[str, bytes]:
    """Return the bytes of everything that runs have left, manifests without times."""
    found = {}
    for path in sorted((folder / "runs").rglob("*")):
        if path.is_file():
            name = str(path.relative_to(folder))
            data = path.read_bytes()
            if path.name == "manifest.json":
                data = json.dumps({k: v for k, v in json.loads(data).items() if "seconds" not in k}).encode()
            found[name] = data
    return found


@functools.cache
def undisturbed(name: str) -> dict[str, bytes]:
    """Return what a study leaves when nothing happens to it."""
    with tempfile.TemporaryDirectory(prefix="curbsim-kill-") as place:
        inputs(Path(place))
        process = start(STUDIES[name], Path(place))
        assert process.wait(LONGEST) == 0, name
        return leaves(Path(place))


def disturbed(names: list[str], chance: random.Random, folder: Path) -> tuple[int, list[psutil.Process]]:
    """Start studies and send each a signal at a random moment; return how many ran still, and what they left."""
    running = [start(STUDIES[name], folder) for name in names]
    time.sleep(chance.uniform(*MOMENT))
    workers, signals = [], 0
    for process in running:
        if process.poll() is None:
            workers += psutil.Process(process.pid).children(recursive=True)
            os.kill(process.pid, chance.choice(SIGNALS))
            signals += 1
    for process in running:
        process.wait(LONGEST)
    return signals, psutil.wait_procs(workers, timeout=30)[1]


class Round(NamedTuple):
    """A round: the studies, how many commands got a signal while they ran, and what went wrong, or nothing."""

    names: list[str]
    stopped: int
    wrong: str


def round_of(number: int, seed: int) -> Round:
    """Play a round: the first study goes in turn, the second, in every other round, by chance."""
    chance = random.Random(f"{seed}/{number}")
    first = list(STUDIES)[number % len(STUDIES)]
    names = [first, chance.choice([first, *STUDIES])] if chance.random() < 0.5 else [first]
    stopped = 0
    with tempfile.TemporaryDirectory(prefix="curbsim-kill-") as place:
        folder = Path(place)
        inputs(folder)
        for _ in range(chance.randint(1, 2)):
            signals, left = disturbed(names, chance, folder)
            stopped += signals
            if left:
                return Round(names, stopped, f"{len(left)} processes are left")
        ends = [process.wait(LONGEST) for process in [start(STUDIES[name], folder) for name in names]]
        return Round(names, stopped, f"ends with {ends}" if any(ends) else differing(names, folder))


def differing(names: list[str], folder: Path) -> str:
    """Return which files are not those of undisturbed commands."""
    wanted = functools.reduce(lambda all_, name: all_ | undisturbed(name), names, dict[str, bytes]())
    got = leaves(folder)
    return ", ".join(
        sorted(name for name in wanted.keys() | got.keys() if wanted.get(name) != got.get(name))[:6]
    )


def table(rounds: list[Round]) -> str:
    """Return the table by command: of rounds with it, how many with two commands, signals, and ends alike."""
    lines = [
        ("command", "rounds", "two at a time", "signals", "same bytes in the end"),
        ("---", *["---:"] * 4),
    ]
    for name in [*STUDIES, ""]:
        with_it = [played for played in rounds if not name or name in played.names]
        counts = (
            len(with_it),
            sum(len(played.names) > 1 for played in with_it),
            sum(played.stopped for played in with_it),
            f"{sum(not played.wrong for played in with_it)} of {len(with_it)}",
        )
        lines.append((name or "**all rounds**", *map(str, counts)))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Print a line for every round that fails, and a table by command; end with 1 when any did."""
    parser = argparse.ArgumentParser(prog="make kill")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", action="store_true", help=f"write the table into {PAGE.name}")
    given = parser.parse_args()
    rounds = []
    for number in range(given.first, given.first + given.rounds):
        rounds.append(round_of(number, given.seed))
        if rounds[-1].wrong:
            print(f"round {number}, {' and '.join(rounds[-1].names)}: {rounds[-1].wrong}", flush=True)
    says = f"`python -m tests.kill --rounds {given.rounds} --seed {given.seed}`, {commit_and_day()}:"
    print(says, table(rounds), sep="\n\n")
    if given.page:
        text = f"{says}\n\n{table(rounds)}\n"
        PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), "kill", text), encoding="utf-8")
    raise SystemExit(1 if any(played.wrong for played in rounds) else 0)


if __name__ == "__main__":
    main()
