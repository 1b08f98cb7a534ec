"""Break the model on purpose, one fault at a time, and list which test catches each.

Run by hand or with `make mutate`; takes a few minutes. Each mutation is a text in one file that must occur
there exactly once. The tests run in a copy of the tree, never in the tree itself. Exit 1 when a mutation
survives, when its text is not found, or when the tests fail before anything is broken.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ("tests/verification", "tests/engine/test_exactness.py", "tests/engine/test_invariants.py")
KEPT = ("sim", "tests", "scenarios", "pyproject.toml", "README.md")
LIMIT = 600  # seconds for one run of the tests


@dataclass(frozen=True)
class Mutation:
    """One fault: what it is called, where it is, and the text that it changes."""

    name: str
    file: str
    old: str
    new: str


KERNEL, SPLIT = "sim/engine/daystep/kernel.py", "sim/engine/daystep/orders.py"
FLOWS, ORDERING = "sim/engine/daystep/shipping.py", "sim/engine/daystep/orders.py"
PRODUCTION, LICENSING = "sim/engine/daystep/production.py", "sim/engine/events/licences.py"
INDENT = " " * 20
ARRIVE = INDENT + "arrive(stocks, stock_ints, link_ints, ring, receipts, t, part)\n"
START = INDENT + "start_production(processes, process_ints, inputs, input_ints, stocks, options, part)\n"
COMPLETE = INDENT + "complete(processes, process_ints, line, t, part)\n"
RATION = INDENT + "ration(processes, process_ints, links, link_ints, demands, demand_ints, part)\n"
SEND = INDENT + "send(stocks, stock_ints, links, link_ints, ring, lead_cdf, t, streams, replication, part)\n"
LEARN = INDENT + "learn(stocks, links, link_ints, options, part)\n"
PLACE = INDENT + "place_orders(stocks, stock_ints, part)\n"
FROM_ARRIVALS = ARRIVE + (ROOT / KERNEL).read_text().partition(ARRIVE)[2].partition(START)[0] + START

MUTATIONS = (
    Mutation(
        "production before arrivals",
        KERNEL,
        FROM_ARRIVALS,
        FROM_ARRIVALS.removeprefix(ARRIVE) + ARRIVE,
    ),
    Mutation("shipping before completion", KERNEL, COMPLETE + RATION, RATION + COMPLETE),
    Mutation("orders before shipping", KERNEL, SEND + LEARN + PLACE, PLACE + SEND + LEARN),
    Mutation("orders are placed twice a day", KERNEL, PLACE, PLACE + PLACE),
    Mutation(
        "order target has a day of need too many",
        ORDERING,
        "target = stocks[rows.NEED, s] * (stocks[rows.COVER, s] + stocks[rows.LEAD_DAYS, s])",
        "target = stocks[rows.NEED, s] * (stocks[rows.COVER, s] + stocks[rows.LEAD_DAYS, s] + 1.0)",
    ),
    Mutation(
        "position forgets goods in transit",
        ORDERING,
        "position = stocks[rows.STOCK, s] + stocks[rows.TRANSIT, s]",
        "position = stocks[rows.STOCK, s]",
    ),
    Mutation("lead times are a day longer", FLOWS, "day = today + lead\n", "day = today + lead + 1\n"),
    Mutation(
        "rationing gives everyone the whole",
        "sim/engine/daystep/rationing.py",
        "demands, p, processes[rows.FINISHED, p] / asked)",
        "demands, p, 1.0)",
    ),
    Mutation(
        "priority classes are ignored",
        "sim/engine/daystep/rationing.py",
        "if link_ints[rows.PRIORITY, link_ints[rows.OUT_LINK, i]] == rank:",
        "if rank == 0:",
    ),
    Mutation(
        "uniform rationing follows the baseline",
        "sim/engine/daystep/rationing.py",
        "demands, p, rule == 3)",
        "demands, p, False)",
    ),
    Mutation(
        "shelf life is a day longer",
        "sim/network/compile.py",
        "_whole(parameters.life)",
        "_whole(parameters.life + 1.0)",
    ),
    Mutation(
        "what expires of a purchase is bought again",
        FLOWS,
        "max(0.0, stocks[rows.RESERVE, s] - old)",
        "max(0.0, stocks[rows.RESERVE, s])",
    ),
    Mutation("nothing expires", FLOWS, "            if old > 0.0:\n", "            if old < 0.0:\n"),
    Mutation(
        "credit is not drawn down",
        FLOWS,
        "links[rows.CREDIT, l] = max(0.0, links[rows.CREDIT, l] - q)",
        "links[rows.CREDIT, l] = max(0.0, links[rows.CREDIT, l])",
    ),
    Mutation(
        "a pool is not drawn down",
        SPLIT,
        "max(0.0, pools[rows.POOL_CREDIT, q] - links[rows.SHIPPED, l])",
        "max(0.0, pools[rows.POOL_CREDIT, q])",
    ),
    Mutation(
        "an embargo lets everything through",
        LICENSING,
        '"""Let nothing through."""\n    return 0.0',
        '"""Let nothing through."""\n    return 1e9',
    ),
    Mutation(
        "a curb lets through what the least of them does not",
        "sim/engine/simulation.py",
        "min(allowed.values(), default=0.0)",
        "max(allowed.values(), default=0.0)",
    ),
    Mutation(
        "no file is ever denied",
        LICENSING,
        "simulation.happens(terms.denial,",
        "simulation.happens(0.0,",
    ),
    Mutation(
        "lots never lapse",
        "sim/engine/events/licence_lots.py",
        "file.lapsed = max(0.0, min(",
        "file.lapsed = 0.0 * max(0.0, min(",
    ),
    Mutation(
        "every office has an examiner more",
        "sim/engine/licence_terms.py",
        "desk.staff(self.examiners(number))",
        "desk.staff(self.examiners(number) + 1)",
    ),
    Mutation(
        "the name is left out of the keys",
        "sim/randomness.py",
        'f"{seed}/{name}".encode()',
        'f"{seed}/".encode()',
    ),
    Mutation(
        "the replication is left out of the keys",
        "sim/randomness.py",
        "k0, k1 = stream, replication\n",
        "k0, k1 = stream, 0\n",
    ),
    Mutation(
        "grants act from noon on",
        "sim/engine/replication.py",
        "env.peek()) < day + 0.5:",
        "env.peek()) < day + 0.25:",
    ),
    Mutation("yield is ignored", PRODUCTION, "output[p] = good[p] * done", "output[p] = done"),
    Mutation(
        "cycles are a day shorter",
        PRODUCTION,
        "due = today + process_ints[rows.CYCLE, p]",
        "due = today + max(0, process_ints[rows.CYCLE, p] - 1)",
    ),
    Mutation(
        "thrift is always on",
        PRODUCTION,
        "if stocks[rows.STOCK, s] < floor:",
        "if stocks[rows.STOCK, s] >= 0.0:",
    ),
    Mutation(
        "important inputs bind like critical ones",
        PRODUCTION,
        "            if omega < 1.0:\n"
        "                reach = (1.0 - omega) * processes[rows.BASE_STARTS, p] + omega * reach\n"
        "            if reach < y:\n",
        "            if reach < y:\n",
    ),
    Mutation(
        "overcapacity grows during an outage",
        PRODUCTION,
        "binds and processes[rows.FACTOR, p] > 0.0 else",
        "binds else",
    ),
    Mutation(
        "inputs are used without being taken",
        PRODUCTION,
        "stocks[rows.STOCK, s] -= taken",
        "stocks[rows.STOCK, s] -= 0.999 * taken",
    ),
    Mutation(
        "the split ignores max_share",
        SPLIT,
        "most *= stocks[rows.NEED, link_ints[rows.BUYER, l]]",
        "most = np.inf",
    ),
    Mutation(
        "the split ignores credit",
        SPLIT,
        "            most = links[rows.CREDIT, l]\n",
        "            most = most\n",
    ),
    Mutation(
        "what cannot ship is not switched",
        SPLIT,
        "each = stocks[rows.SWITCHING, s] * left / total",
        "each = 0.0 * left / total",
    ),
    Mutation(
        "a tight pool is not shared out",
        SPLIT,
        "            links[rows.ORDERED, l] *= links[rows.SHIPPED, l]\n",
        "            links[rows.ORDERED, l] *= 1.0\n",
    ),
)


def copy_tree(target: pathlib.Path) -> None:
    """Copy what the tests need."""
    for name in KEPT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
            )
        elif source.is_file():
            shutil.copy2(source, target / name)


def run_tests(tree: pathlib.Path, cache: pathlib.Path, *options: str) -> list[str]:
    """Run the fast tests in a tree and return the ids of those that fail."""
    environment = os.environ | {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": str(cache)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=no",
        "-rfE",
        "-p",
        "no:cacheprovider",
        *options,
        *TESTS,
    ]
    try:
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return ["(the tests did not end)"]
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, flags=re.MULTILINE)
    return failed or ([] if done.returncode == 0 else [f"(pytest ended with {done.returncode})"])


def try_one(mutation: Mutation, base: pathlib.Path, known: list[str]) -> str:
    """Apply one mutation in a fresh copy and return the test that catches it, "" when none does."""
    with tempfile.TemporaryDirectory(prefix="curbsim-mutant-") as folder:
        tree = pathlib.Path(folder) / "tree"
        shutil.copytree(base, tree)
        file = tree / mutation.file
        text = file.read_text(encoding="utf-8")
        if text.count(mutation.old) != 1:
            return f"!! its text occurs {text.count(mutation.old)} times in {mutation.file}"
        file.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        skipped = [f"--deselect={test}" for test in known]
        return next(iter(run_tests(tree, pathlib.Path(folder) / "numba", "-x", *skipped)), "")


def main() -> int:
    """Try all mutations and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of the names to try")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if options.only in mutation.name]
    with tempfile.TemporaryDirectory(prefix="curbsim-base-") as folder:
        base = pathlib.Path(folder) / "tree"
        base.mkdir()
        copy_tree(base)
        known = run_tests(base, pathlib.Path(folder) / "numba")
        for test in known:
            print(f"fails before anything is broken: {test}", flush=True)
        with ThreadPoolExecutor(options.jobs) as pool:
            caught = list(pool.map(lambda m: report(m, try_one(m, base, known)), chosen))
    survivors = [m.name for m, by in zip(chosen, caught, strict=True) if not by or by.startswith("!!")]
    print(
        f"{len(chosen) - len(survivors)} of {len(chosen)} caught"
        + "".join(f"; not {name}" for name in survivors)
    )
    return 1 if survivors or known else 0


def report(mutation: Mutation, caught: str) -> str:
    """Print one row of the table."""
    print(f"{mutation.name:42s} {caught or 'SURVIVES'}", flush=True)
    return caught


if __name__ == "__main__":
    sys.exit(main())
