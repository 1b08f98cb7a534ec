"""`make fuzz`: many broken inputs of every entrance, and a table of how they ended.

python -m tests.fuzz                             # 10,000 inputs; each that fails is kept in runs/fuzz
python -m tests.fuzz --page                      # and the table is written into VALIDATION.md
python -m tests.fuzz --again runs/fuzz/FILE.json # one that failed
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.entrances import ENTRANCES, SECONDS, Entrance, Outcome
from tests.fuzz.trials import KEPT, LIMIT, Case, again, work
from tests.validation_table import PAGE, commit_and_day, with_section

HANGING = 4 * SECONDS  # until a process that no alarm reaches is killed
COLUMNS = ("inputs", "valid with one or two edits", "refused", "ran", "failures", "longest, s", "peak, MB")


def cases(entrance: Entrance, seed: int, number: int) -> Iterator[Case]:
    """Yield how inputs ended; a process that died, hangs or needs too much is one failure, and is replaced."""
    context, done = multiprocessing.get_context("spawn"), 0
    while done < number:
        pipe, theirs = context.Pipe()
        process = context.Process(target=work, args=(entrance.name, seed, done, number, theirs))
        process.start()
        theirs.close()
        ready = False
        while done < number:
            try:
                case = pipe.recv() if pipe.poll(HANGING if ready else 600) else dead(f"case {done} hangs")
            except EOFError:
                case = dead(f"case {done} ends the process")
            if case is None:
                ready = True
                continue
            done += 1
            yield case
            if case.memory == 0 or case.memory > LIMIT:
                break
        process.kill()
        process.join()


def dead(says: str) -> Case:
    return Case(False, Outcome("failed", says), float(HANGING), 0.0)


def row(entrance: Entrance, seed: int, number: int) -> tuple[str | int, ...]:
    """Try inputs of an entrance; return its row of the table."""
    all_ = []
    for place, case in enumerate(cases(entrance, seed, number)):
        all_.append(case)
        if case.outcome.how == "failed":
            print(f"  {entrance.name}, case {place}: {case.outcome.says}", flush=True)
    ends = [case.outcome.how for case in all_]
    counts = (
        len(all_),
        sum(case.few_edits for case in all_),
        *(ends.count(how) for how in ("refused", "ran", "failed")),
    )
    longest, memory = max(case.seconds for case in all_), max(case.memory for case in all_)
    return (entrance.name, *counts, f"{longest:.1f}", f"{memory:.0f}")


def table(rows: list[tuple[str | int, ...]]) -> str:
    """Return the table by entrance, with its sums."""
    sums = ("**all**", *(sum(int(row[place]) for row in rows) for place in range(1, 6)))
    highest = (f"{max(float(row[6]) for row in rows):.1f}", f"{max(int(row[7]) for row in rows)}")
    lines = [("entrance", *COLUMNS), ("---", *["---:"] * len(COLUMNS)), *rows, (*sums, *highest)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def main() -> None:
    """Print a table with a line for each entrance; end with 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--entrance", default="", help="part of a name")
    parser.add_argument("--page", action="store_true", help=f"write the table into {PAGE.name}")
    parser.add_argument("--again", type=Path, help="an input that was kept")
    given = parser.parse_args()
    if given.again:
        print(*again(given.again), sep=": ")
        return
    os.environ[KEPT] = str(Path("runs/fuzz").absolute())
    chosen = [entrance for entrance in ENTRANCES if given.entrance in entrance.name]
    number = -(-given.inputs // len(chosen))
    with tempfile.TemporaryDirectory(prefix="curbsim-fuzz-") as place, ThreadPoolExecutor(given.jobs) as pool:
        os.environ["TMPDIR"] = place  # so that nothing is left of a process that was killed
        rows = list(pool.map(lambda entrance: row(entrance, given.seed, number), chosen))
    says = f"`python -m tests.fuzz --inputs {given.inputs} --seed {given.seed}`, {commit_and_day()}:"
    print(says, table(rows), sep="\n\n")
    if given.page:
        PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), "fuzz", f"{says}\n\n{table(rows)}\n"))
    raise SystemExit(1 if any(row[5] for row in rows) else 0)


if __name__ == "__main__":
    main()
