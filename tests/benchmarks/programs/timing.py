"""How long a peer takes: as many days or replications as fit into a limit; used by the programs beside it.

Runs in the environment of a peer, so it imports nothing but the standard library.
"""

import json
import pathlib
import sys
import time


def answer(programs, simulate=None):
    """Read the work from the first argument, do its task, and write the answer to the second.

    `simulate(work, days, replication)` simulates and returns its seconds last; how long it takes are tasks, too.
    """
    timed = {
        "speed": lambda work: days_within(lambda days: simulate(work, days, 0)[-1], work),
        "ensemble": lambda work: replications_within(lambda i: simulate(work, work["days"], i), work),
    }
    work = json.loads(pathlib.Path(sys.argv[1]).read_text())
    found = (timed | programs)[work["task"]](work)
    pathlib.Path(sys.argv[2]).write_text(json.dumps(found))


def days_within(run, work):
    """Return {"days", "seconds"} of the longest run that should end within the limit.

    `run(days)` builds afresh, simulates, and returns the seconds of simulation alone; it is tried on a few days first.
    """
    days = work["pilot"]
    seconds = run(days)
    fit = min(work["days"], int(days * work["limit"] / max(seconds, 1e-9)))
    return {"days": fit, "seconds": run(fit)} if fit > days else {"days": days, "seconds": seconds}


def replications_within(run, work):
    """Return {"replications", "seconds"}: `run(i)` does replication i; building afresh counts."""
    begin = time.process_time()
    for done in range(1, work["replications"] + 1):
        run(done - 1)
        seconds = time.process_time() - begin
        if seconds > work["limit"]:
            break
    return {"replications": done, "seconds": seconds}
