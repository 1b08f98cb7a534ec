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

import psutil
from ruamel.yaml import YAML

from tests.experiments.test_calibration import GRANT, SHIPPED, write_case
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
    with tempfile.TemporaryDirectory() as place:
        inputs(Path(place))
        process = start(STUDIES[name], Path(place))
        assert process.wait(LONGEST) == 0, name
        return leaves(Path(place))


def disturbed(names: list[str], chance: random.Random, folder: Path) -> list[psutil.Process]:
    """Start studies and send each a signal at a random moment; return the workers that they had."""
    running = [start(STUDIES[name], folder) for name in names]
    time.sleep(chance.uniform(0.2, 9.0))
    workers = []
    for process in running:
        if process.poll() is None:
            workers += psutil.Process(process.pid).children(recursive=True)
            os.kill(process.pid, chance.choice(SIGNALS))
    for process in running:
        process.wait(LONGEST)
    return psutil.wait_procs(workers, timeout=30)[1]


def round_of(number: int, seed: int) -> str:
    """Play a round; return what went wrong, or nothing."""
    chance = random.Random(f"{seed}/{number}")
    first = chance.choice(list(STUDIES))
    names = [first, chance.choice([first, *STUDIES])] if chance.random() < 0.5 else [first]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        inputs(folder)
        for _ in range(chance.randint(1, 2)):
            if left := disturbed(names, chance, folder):
                return f"{names}: {len(left)} processes are left"
        ends = [process.wait(LONGEST) for process in [start(STUDIES[name], folder) for name in names]]
        if any(ends):
            return f"{names}: ends with {ends}"
        wanted = functools.reduce(lambda all_, name: all_ | undisturbed(name), names, dict[str, bytes]())
        got = leaves(folder)
        differing = sorted(name for name in wanted.keys() | got.keys() if wanted.get(name) != got.get(name))
        return f"{names}: {', '.join(differing[:6])}" if differing else ""


def main() -> None:
    """Print a line for every round that fails, and how many went well."""
    parser = argparse.ArgumentParser(prog="make kill")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    failed = 0
    for number in range(given.rounds):
        if wrong := round_of(number, given.seed):
            failed += 1
            print(f"round {number}: {wrong}", flush=True)
        print(f"{number + 1 - failed} of {number + 1} rounds well", flush=True)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
