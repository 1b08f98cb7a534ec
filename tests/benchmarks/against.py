"""How long this version takes next to an earlier one: `make bench AGAINST=REV`, or `python -m` this module.

HEAD and REV are checked out in git worktrees of a temporary folder, each with an environment of its own
from the same `constraints.txt`. What has been changed and not committed is not measured. Both then do the
same works in turn, round after round, the one that goes first changing from round to round, and every round
in new processes: where a process happens to lie in memory moves its times by some per cent, and that must
be in the interval. Times are seconds of processor time, which other jobs on the machine move less than seconds
by the clock, and the shortest of some repetitions within a round, because a disturbance only adds. One unmeasured round before them compiles the day step of both.

Worktrees and environments are removed at the end, after Ctrl-C and a failure, too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.intervals import Ratio, ratio_of_medians
from tests.benchmarks.large import EVENTS

ROOT = Path(__file__).parents[2]
WORKS = Path(__file__).with_name("public_works.py")
BOUND = 1.03
ROUNDS, STARTS = 15, 3
COMMANDS = {
    "import sim": ["-c", "import sim"],
    "import sim, and what sim.run needs": ["-c", "import sim; sim.run"],
    "curbsim check curbs_2019": ["-m", "sim", "check", "curbs_2019"],
}
HEAD = f"{'work, seconds of processor time':54}{'before':>10}{'after':>10}{'ratio':>8}  95 % interval    within 3 %"
Times = dict[str, float]


@dataclass(frozen=True)
class Version:
    """A version in a worktree with an environment of its own."""

    tree: Path
    python: Path

    def call(self, *arguments: str, cache: Path | None = None) -> str:
        """Return what Python prints, run in an empty place with this version installed."""
        command = [str(self.python), "-P", *arguments]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.tree.parent,
            env=clean_environment(cache or self.tree.parent),
        )
        if done.returncode:
            raise SystemExit(f"{self.tree.name} cannot do {' '.join(arguments)}:\n{done.stderr[-3000:]}")
        return done.stdout

    def round(self, world: Path) -> Times:
        """Do every work in new processes and return what each took."""
        times: Times = json.loads(self.call(str(WORKS), str(world)).splitlines()[-1])
        for name, command in COMMANDS.items():
            times[name] = min(self.start(command) for _ in range(STARTS))
        return times

    def start(self, command: list[str]) -> float:
        """Return the processor time of a command from its start to its end.

        Its cache folder is new, so that `check` reads the files instead of a note that they are right.
        """
        with tempfile.TemporaryDirectory() as cache:
            begin = of_children()
            self.call(*command, cache=Path(cache))
            return of_children() - begin


def clean_environment(cache: Path) -> dict[str, str]:
    """Return the environment variables without those that would lead to another version or to more cores."""
    leading = ("PYTHONPATH", "PYTHONHOME", "NUMBA_CACHE_DIR", "VIRTUAL_ENV")
    plain = {name: value for name, value in os.environ.items() if name not in leading}
    return plain | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "XDG_CACHE_HOME": str(cache)}


def of_children() -> float:
    """Return the processor time of all processes that were started here and have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def commit_of(revision: str) -> str:
    """Return the full hash of a revision of this repository."""
    command = ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"AGAINST={revision} is no commit here; write one that `git log` shows")
    return done.stdout.strip()


def check_out(revision: str, tree: Path, stack: contextlib.ExitStack) -> Version:
    """Check out a revision in a worktree that the stack removes, and make its environment."""
    git = ["git", "-C", str(ROOT), "worktree"]
    stack.callback(subprocess.run, [*git, "remove", "--force", str(tree)], check=False)
    subprocess.run([*git, "add", "--quiet", "--detach", str(tree), revision], check=True)
    return Version(tree, environment(tree, tree.with_name(f"{tree.name}-environment")))


def environment(tree: Path, place: Path) -> Path:
    """Make an environment for a worktree from the constraints of this tree and return its Python."""
    print(f"setting up {tree.name} ...", flush=True)
    python = place / "bin" / "python"
    install = ["install", "--quiet", "--disable-pip-version-check", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    subprocess.run(
        [str(python), "-m", "pip", *install, "-e", str(tree)], check=True, env=clean_environment(place)
    )
    return python


def make_world(version: Version, folder: Path) -> Path:
    """Make up a network of 1,000 firms with curbs on it and return the file of its scenario."""
    version.call("-m", "sim", "generate", "--firms", "1000", "--seed", "1", "--out", str(folder / "firms"))
    curbed = folder / "curbed.yaml"
    curbed.write_text(EVENTS.format(world="firms"), encoding="utf-8")
    return curbed


def measure(before: Version, after: Version, world: Path, rounds: int) -> tuple[list[Times], list[Times]]:
    """Return the times of both versions, round by round."""
    print("warming up: the day step of both versions is compiled ...", flush=True)
    for version in (before, after):
        version.round(world)
    times: dict[Version, list[Times]] = {before: [], after: []}
    for number in range(rounds):
        for version in (before, after) if number % 2 else (after, before):
            times[version].append(version.round(world))
        print(f"round {number + 1} of {rounds}", flush=True)
    return times[before], times[after]


def table(before: list[Times], after: list[Times]) -> str:
    """Return a line for every work: medians, their ratio with its interval, and whether the bound holds."""
    lines = [HEAD, "-" * len(HEAD)]
    for work in before[0]:
        old, new = [times[work] for times in before], [times[work] for times in after]
        lines.append(row(work, statistics.median(old), statistics.median(new), ratio_of_medians(old, new)))
    return "\n".join(lines)


def row(work: str, old: float, new: float, ratio: Ratio) -> str:
    """Return the line of one work."""
    interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
    holds = "yes" if ratio.within(BOUND) else "no"
    return f"{work:54}{old:10.4f}{new:10.4f}{ratio.estimate:8.3f}  {interval:17}{holds}"


def compare(revision: str, rounds: int) -> str:
    """Check out, measure, remove what was checked out, and return the table."""
    commits = {"before": commit_of(revision), "after": commit_of("HEAD")}
    print(f"before: {commits['before']}\nafter: {commits['after']}", flush=True)
    stack = contextlib.ExitStack()
    try:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="curbsim-bench-")))
        before, after = (check_out(commit, folder / name, stack) for name, commit in commits.items())
        return table(*measure(before, after, make_world(before, folder), rounds))
    finally:
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C waits for this
        stack.close()
        signal.signal(signal.SIGINT, interrupt)


def main() -> None:
    """Read the command line, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision", help="what HEAD is compared with: a commit, branch or tag")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="15 or more for an interval to rely on")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        print(compare(given.revision, given.rounds))
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"stopped: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; nothing is left behind") from None


if __name__ == "__main__":
    main()
