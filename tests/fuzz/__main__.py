"""`make fuzz`: many broken inputs of every entrance, and a table of how they ended."""

from __future__ import annotations

import argparse
import collections
import random
import resource
import time

from tests.fuzz.edits import BYTES, TEXT, TOKENS, Edit, edited
from tests.fuzz.entrances import ENTRANCES, Entrance, attempt


def edits_of(chance: random.Random) -> list[Edit]:
    """Return one or two edits for half of the inputs, up to eight for the others."""
    kinds = [*["replace_word"] * 6, *TEXT, *TEXT, *BYTES]
    number = chance.randint(1, 2) if chance.random() < 0.5 else chance.randint(3, 8)
    return [Edit(chance.choice(kinds), chance.random(), chance.choice(TOKENS)) for _ in range(number)]


def tried(entrance: Entrance, number: int, seed: int) -> tuple[collections.Counter[str], float]:
    """Try inputs of an entrance; return failures by kind, and the longest time."""
    failures: collections.Counter[str] = collections.Counter()
    longest = 0.0
    for case in range(number):
        chance = random.Random(f"{seed}/{entrance.name}/{case}")
        edits, place = edits_of(chance), chance.random()
        begin = time.monotonic()
        failure = attempt(entrance, place, lambda data, edits=edits: edited(data, edits))  # type: ignore[misc]
        longest = max(longest, time.monotonic() - begin)
        if failure:
            failures[failure] += 1
            print(f"  {entrance.name}, case {case}: {failure}", flush=True)
    return failures, longest


def main() -> None:
    """Print a line for each entrance; end with 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--entrance", default="")
    given = parser.parse_args()
    chosen = [entrance for entrance in ENTRANCES if given.entrance in entrance.name]
    number = -(-given.inputs // len(chosen))
    print(f"{'entrance':<22}{'inputs':>8}{'failures':>10}{'longest, s':>12}{'memory, MB':>12}", flush=True)
    total = 0
    for entrance in chosen:
        failures, longest = tried(entrance, number, given.seed)
        total += failures.total()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{entrance.name:<22}{number:>8}{failures.total():>10}{longest:>12.1f}{memory:>12.0f}", flush=True
        )
    raise SystemExit(1 if total else 0)


if __name__ == "__main__":
    main()
