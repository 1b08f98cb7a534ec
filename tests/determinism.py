"""`make determinism`: the same bytes of every file of numbers, whatever the machine is told and whichever Python runs.

python -m tests.determinism [PYTHON ...]      # interpreters that have the packages of constraints.txt

Every interpreter runs every study once as it comes and once in all settings together; the first one runs them
in each setting by itself, too. Manifests, reports and figures name times, versions and folders: not compared.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from tests.worlds import chain, event, ranged

ROOT = Path(__file__).parents[1]
NUMBERS = ("*.csv", "*.npz", "tables/*.csv", "tables/*.parquet")  # of a run folder
STUDIES = {
    "six firms": ["run", "small.yaml", "--replications", "12"],
    "the case of 2019": ["run", "curbs_2019", "--replications", "6"],
    "400 firms in tables": ["run", "firms", "--replications", "2"],
}
FIRMS = ["generate", "--out", "firms", "--firms", "400", "--links-per-firm", "5", "--seed", "3"]


class Setting(NamedTuple):
    """What a run is told by its environment, and on how many processes it runs."""

    name: str
    environment: Mapping[str, str] = {}
    jobs: int = 1


PLAIN = Setting("as it comes, jobs 1", {"PYTHONHASHSEED": "0"})
SETTINGS = (
    Setting("jobs 2", PLAIN.environment, 2),
    Setting("PYTHONHASHSEED=1", {"PYTHONHASHSEED": "1"}),
    Setting("PYTHONHASHSEED=random", {"PYTHONHASHSEED": "random"}),
    *(Setting(f"TZ={zone}", {"TZ": zone}) for zone in ("UTC", "Asia/Seoul", "America/New_York")),
    Setting("LC_ALL=C", {"LC_ALL": "C"}),
    Setting("LC_ALL=C without UTF-8", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    Setting("PYTHONOPTIMIZE=2", {"PYTHONOPTIMIZE": "2"}),
)
TOGETHER = Setting(
    "all together, jobs 2", {name: value for each in SETTINGS for name, value in each.environment.items()}, 2
)


def inputs(folder: Path, python: str = sys.executable, studies: Mapping[str, list[str]] = STUDIES) -> None:
    """Write what the studies read."""
    tree = chain(
        run={"end": "2020-03-31", "seed": 5},
        events={"cut": event("embargo", role="treatment", until="2019-12-31")},
        uncertain={"facilities.line.stocks.acid.cover": ranged("20 days", "40 days")},
    )
    with (folder / "small.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)
    if any("firms" in words for words in studies.values()):
        call(python, FIRMS, folder, PLAIN)


def call(python: str, words: list[str], folder: Path, setting: Setting) -> None:
    """Give a command with an interpreter in a setting."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "TZ"))}
    done = subprocess.run(
        [python, "-m", "sim", *words],
        cwd=folder,
        capture_output=True,
        env={**kept, **setting.environment, "PYTHONPATH": str(ROOT)},
    )
    if done.returncode != 0:
        raise SystemExit(f"{python}, {setting.name}: {done.stderr.decode(errors='replace')}")


def digests(
    python: str, words: list[str], folder: Path, setting: Setting, tables: str = "csv,parquet"
) -> dict[str, str]:
    """Return a digest of each file of numbers that a study makes in a setting."""
    forms = ["--tables", tables] if tables else []
    with tempfile.TemporaryDirectory() as out:
        call(python, [*words, "--jobs", str(setting.jobs), *forms, "--out", out], folder, setting)
        (run,) = Path(out).iterdir()
        files = sorted(path for pattern in NUMBERS for path in run.glob(pattern))
        return {str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """Return the files that are not the same."""
    return sorted(name for name in {*first, *second} if first.get(name) != second.get(name))


def version(python: str) -> str:
    """Return the version of an interpreter."""
    words = [python, "-c", "import sys; print(sys.version.split()[0])"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def rows(pythons: list[str]) -> Iterator[list[str]]:
    """Yield the rows of the table: interpreter, setting, and for each study how many files are the same."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        inputs(folder, pythons[0])
        wanted = {name: digests(pythons[0], words, folder, PLAIN) for name, words in STUDIES.items()}
        for number, python in enumerate(pythons):
            settings = (*SETTINGS, TOGETHER) if number == 0 else (PLAIN, TOGETHER)
            for setting in settings:
                cells = []
                for name, words in STUDIES.items():
                    wrong = differing(wanted[name], digests(python, words, folder, setting))
                    same = f"{len(wanted[name]) - len(wrong)} of {len(wanted[name])}"
                    cells.append(same + (f" (not {', '.join(wrong)})" if wrong else ""))
                yield [f"Python {version(python)}", setting.name, *cells]


def main() -> None:
    """Print a row for every interpreter and setting; end with 1 where a file differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.determinism")
    parser.add_argument("pythons", nargs="*", default=[sys.executable], help="interpreters")
    pythons = parser.parse_args().pythons
    head = ["Python", "setting", *(f"{name}: files that are the same" for name in STUDIES)]
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    failed = False
    for row in rows(pythons):
        print(f"| {' | '.join(row)} |", flush=True)
        failed |= any("(not " in cell for cell in row)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
