"""How long a peer takes: as many days or replications as fit into a limit; used by the programs beside it.

Runs in the environment of a peer, so it imports nothing but the standard library.
"""

import json
import pathlib
import sys
import time

PILOT_DAYS = 4


def answer(programs):
    """Read the work from the first argument, do its task, and write the answer to the second."""
    work = json.loads(pathlib.Path(sys.argv[1]).read_text())
    found = programs[work["task"]](work)
    pathlib.Path(sys.argv[2]).write_text(json.dumps(found))


def days_within(run, days, limit):
    """Return {"days", "seconds"} of the longest run that should end within the limit.

    `run(days)` builds afresh, simulates, and returns the seconds of simulation alone.
    """
    pilot = min(days, PILOT_DAYS)
    seconds = run(pilot)
    fit = min(days, int(pilot * limit / max(seconds, 1e-9)))
    if fit > pilot:
        return {"days": fit, "seconds": run(fit)}
    return {"days": pilot, "seconds": seconds}


def replications_within(run, number, limit):
    """Return {"replications", "seconds"}: `run(i)` does replication i; building afresh counts."""
    begin = time.perf_counter()
    for done in range(1, number + 1):
        run(done - 1)
        seconds = time.perf_counter() - begin
        if seconds > limit:
            break
    return {"replications": done, "seconds": seconds}
