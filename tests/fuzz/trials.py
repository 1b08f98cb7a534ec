"""One input after another of an entrance, each with the edits that its number says."""

from __future__ import annotations

import base64
import json
import os
import random
import resource
import shutil
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.edits import KINDS, TOKENS, Edit, edit_file
from tests.fuzz.entrances import ENTRANCES, SECONDS, Entrance, Outcome, attempt, used, valid

KEPT = "CURBSIM_FUZZ_KEPT"  # variable with the folder of inputs that failed
LIMIT = 1000  # MB that an input may need


class Case(NamedTuple):
    """An input, how it ended, how long it took and what the process needed at most so far."""

    few_edits: bool
    outcome: Outcome
    seconds: float
    memory: float


def edits_of(chance: random.Random) -> list[Edit]:
    """Return one or two edits for half of the inputs, up to eight for the others."""
    number = chance.randint(1, 2) if chance.random() < 0.5 else chance.randint(3, 8)
    return [Edit(chance.choice(KINDS), chance.random(), chance.choice(TOKENS)) for _ in range(number)]


def tried(entrance: Entrance, seed: int, case: int) -> Case:
    """Try an input; keep it, with as few edits as it needs, when it fails."""
    chance = random.Random(f"{seed}/{entrance.name}/{case}")
    edits, place = edits_of(chance), chance.random()
    begin = time.monotonic()
    outcome = attempt(entrance, place, lambda path: edit_file(path, edits))
    seconds = time.monotonic() - begin
    memory = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    if outcome.how != "failed" and memory / 1024 > LIMIT:
        outcome = Outcome("failed", f"{memory / 1024:.0f} MB of memory")
    elif outcome.how == "failed" and seconds < SECONDS / 4:
        edits = fewest(entrance, place, edits, outcome)
    if outcome.how == "failed":
        keep(entrance, place, edits, f"{seed}-{case}", outcome.says)
    return Case(
        len(edits_of(random.Random(f"{seed}/{entrance.name}/{case}"))) < 3, outcome, seconds, memory / 1024
    )


def fewest(entrance: Entrance, place: float, edits: list[Edit], outcome: Outcome) -> list[Edit]:
    """Return the edits that it takes to fail in the same way."""
    for number in reversed(range(len(edits))):
        fewer = edits[:number] + edits[number + 1 :]
        again = attempt(entrance, place, lambda path, fewer=fewer: edit_file(path, fewer))  # type: ignore[misc]
        if again.says.split(":")[:2] == outcome.says.split(":")[:2]:
            edits = fewer
    return edits


def keep(entrance: Entrance, place: float, edits: list[Edit], case: str, says: str) -> None:
    """Write the edited file, and what it does, into a small file that `--again` reads."""
    with tempfile.TemporaryDirectory(prefix="curbsim-fuzz-") as name:
        folder = Path(name) / "files"
        shutil.copytree(valid(entrance.name), folder)
        files = sorted(folder.glob(entrance.targets))
        path = files[int(place * (len(files) - 1))]
        edit_file(path, edits)
        plain = path.is_file() and not path.is_symlink()
        data = base64.b64encode(path.read_bytes()).decode() if plain else None
        file = path.relative_to(folder).as_posix()
        kept = {"entrance": entrance.name, "failure": says, "edits": edits, "file": file, "base64": data}
    home = Path(os.environ[KEPT])
    home.mkdir(parents=True, exist_ok=True)
    (home / f"{entrance.name.replace(' ', '_')}-{case}.json").write_text(json.dumps(kept, indent=1))


def again(path: Path) -> Outcome:
    """Use an input that was kept."""
    kept = json.loads(path.read_text())
    entrance = next(entrance for entrance in ENTRANCES if entrance.name == kept["entrance"])
    with tempfile.TemporaryDirectory(prefix="curbsim-fuzz-") as name:
        folder = Path(name) / "work"
        shutil.copytree(valid(entrance.name), folder)
        target = folder / kept["file"]
        if kept["base64"] is None:
            edit_file(target, [Edit(*edit) for edit in kept["edits"]])
        else:
            target.write_bytes(base64.b64decode(kept["base64"]))
        return used(entrance, folder, target)


def work(name: str, seed: int, first: int, number: int, pipe: Connection) -> None:
    """Try inputs of an entrance in a process of its own, after a valid one for which code is compiled."""
    entrance = next(entrance for entrance in ENTRANCES if entrance.name == name)
    attempt(entrance, 0.0, lambda path: None)
    pipe.send(None)
    for case in range(first, number):
        pipe.send(tried(entrance, seed, case))
