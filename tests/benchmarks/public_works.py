"""Works that `make bench AGAINST=REV` times: a script for both versions, so it uses public names that both have.

`python -P public_works.py WORLD` does every work once, unmeasured, then prints by work the shortest of some
repetitions in seconds of processor time as JSON. WORLD is the file of a scenario on a large network.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import sim

SEED = 7
CHANGE = {"facilities.samsung_memory.stocks.hf_liquid.cover": "60 days"}  # a path of every version


def works(world: str) -> dict[str, tuple[Callable[[], object], int]]:
    """Return every work with how often it is repeated."""
    curbs, calm, firms = sim.load("curbs_2019"), sim.load("no_curbs"), sim.load(world)
    return {
        "curbs_2019: one paired replication": (
            lambda: sim.run(curbs, replications=1, seed=SEED, jobs=1),
            9,
        ),
        "curbs_2019: loaded": (lambda: sim.load("curbs_2019"), 3),
        "curbs_2019: changed and run, as a what-if is": (
            lambda: sim.run(curbs.with_(CHANGE), replications=1, seed=SEED, jobs=1),
            9,
        ),
        "curbs_2019: an ensemble of 60": (
            lambda: sim.run(curbs, replications=60, seed=SEED, jobs=1),
            2,
        ),
        "no_curbs: 10 replications, day step and little else": (
            lambda: sim.run(calm, replications=10, seed=SEED, jobs=1),
            3,
        ),
        "1,000 firms in tables, a year with curbs": (
            lambda: sim.run(firms, replications=1, seed=SEED, jobs=1),
            5,
        ),
    }


def seconds(work: Callable[[], object], repetitions: int) -> float:
    """Return the shortest processor time of some repetitions, after one that does not count."""
    work()
    taken = []
    for _ in range(repetitions):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)


if __name__ == "__main__":
    print(json.dumps({name: seconds(*work) for name, work in works(sys.argv[1]).items()}))
