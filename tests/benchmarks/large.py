"""Made-up networks of 1,000 to 1,000,000 firms: a year with an embargo; seconds, memory and how they grow.

`python -m tests.benchmarks.large` prints the table; each size runs in a process of its own, so that its peak of
memory is its own. `measure(firms)` and `table(sizes)` are for other benchmarks.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario import Scenario

FIRST, PER_FIRM = 500, 5  # firms of the first run; links for each
SIZES = (1_000, 10_000, 100_000, 1_000_000)
WANTED = {100_000: (12.0, 0.6), 1_000_000: (150.0, 8.0)}  # seconds, GB
PEER = {
    100_000: 135.8
}  # seconds of Inoue and Todo in C++ for 500,000 links and a year, on this kind of machine
EVENTS = """
format: 1
extends: {world}
meta: {{name: curbed}}
events:
  cut:
    {{kind: embargo, role: treatment, date: 2019-03-01, until: 2019-06-01, source: estimate,
     select: {{from: JP, to: KR}}}}
  quake:
    {{kind: outage, role: treatment, date: 2019-08-01, duration: 30 days, source: estimate,
     select: {{country: TW, material: [m08, m09]}}}}
"""


def measure(firms: int) -> dict[str, float]:
    """Run one size in a process of its own and return what it took."""
    command = [sys.executable, "-m", "tests.benchmarks.large", "--one", str(firms)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def run_one(firms: int) -> dict[str, float]:
    """Generate a network, run a year of it with its curbs, and return seconds and peak memory.

    A small one runs first, so that loading libraries and compiled code does not count.
    """
    import resource
    import time

    import numpy as np

    import sim

    with tempfile.TemporaryDirectory() as folder:
        sim.run(_scenario(Path(folder), FIRST), jobs=1)
        begin = time.perf_counter()
        scenario = _scenario(Path(folder), firms)
        made = time.perf_counter() - begin
        begin, used = time.perf_counter(), time.process_time()
        result = sim.run(scenario, jobs=1)
        whole, used = time.perf_counter() - begin, time.process_time() - used
    return {
        "firms": firms,
        "links": firms * PER_FIRM,
        "made": made,
        "whole": whole,
        "cpu": used,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "lost": float(np.nansum(result.values("process", "lost_output_gross"))),
    }


def _scenario(folder: Path, firms: int) -> Scenario:
    """Write a made-up network and its curbs, and load them."""
    from sim import load
    from sim.importers.generated import COUNTRIES, make_tables
    from sim.importers.worlds import WorldOptions, head, write_world

    name = f"made_{firms}"
    edges, places = make_tables(firms, PER_FIRM, 5, 20, COUNTRIES, 1)
    tree = head(WorldOptions(name=name), sorted(places["material"].unique()), {})
    write_world(folder / name, tree, (edges, places))
    file = folder / f"curbed_{firms}.yaml"
    file.write_text(EVENTS.format(world=name), encoding="utf-8")
    return load(file)


def exponent(rows: list[dict[str, float]]) -> float:
    """Return the exponent of CPU seconds over firms by least squares in logarithms."""
    x, y = [math.log(row["firms"]) for row in rows], [math.log(row["cpu"]) for row in rows]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return above / sum((a - mx) ** 2 for a in x)


def table(sizes: tuple[int, ...] = SIZES) -> str:
    """Measure sizes and return the table with the fitted exponent."""
    rows = [measure(size) for size in sizes]
    head = ("firms", "links", "seconds", "CPU seconds", "GB", "wanted")
    lines = ["".join(f"{word:>16}" for word in head)]
    for row in rows:
        wanted = "{:g} s, {:g} GB".format(*WANTED[int(row["firms"])]) if row["firms"] in WANTED else ""
        cells = (
            *(f"{row['firms']:,}", f"{row['links']:,}", f"{row['whole']:.1f}"),
            *(f"{row['cpu']:.1f}", f"{row['peak'] / 1e9:.2f}", wanted),
        )
        lines.append("".join(f"{cell:>16}" for cell in cells))
        if row["firms"] in PEER:
            peer = PEER[int(row["firms"])]
            lines.append(
                f"    Inoue-Todo in C++: {peer} s at this size, {peer / row['whole']:.1f} times as long"
            )
    lines.append(f"CPU seconds grow like firms to the power {exponent(rows):.2f} (from {min(sizes):,} on)")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=int, help="run one size here and print a line of JSON")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    given = parser.parse_args()
    print(json.dumps(run_one(given.one)) if given.one else table(tuple(given.sizes)))
