"""The generated tables of VALIDATION.md: every exact answer that a test holds the model to, and every fault tried.

python -m tests.validation_table      # write them anew, after a test was added, renamed or moved
"""

from __future__ import annotations

import ast
import datetime
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "VALIDATION.md"
PLACES = (
    "tests/verification/test_*.py",
    "tests/network/test_distributions.py",
    "tests/results/test_numbers.py",
    "tests/test_randomness.py",
    "tests/test_jit.py",
    "tests/engine/test_*.py",
)
CASE = re.compile(r"test_(?:(i\d+)_|(\w+?)__)")


class Test(NamedTuple):
    """A test function: where it is and what it says that it holds."""

    path: str
    name: str
    says: str

    @property
    def case(self) -> str:
        """The exact answer that the test holds, by its name before `__`, or the law, such as I7; often none."""
        found = CASE.match(self.name)
        return (found[1] or "").upper() or (found[2] or "").replace("_", " ") if found else ""


def tests_of(path: Path) -> list[Test]:
    """Return the test functions of a module with the first paragraph of their docstrings, or their names in words."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = node.name.removeprefix("test_").rpartition("__")[2].replace("_", " ").capitalize() + "."
            says = (ast.get_docstring(node) or words).partition("\n\n")[0].replace("\n", " ")
            says = re.sub(r"^I\d+: ", "", says).replace("|", "/")
            found.append(Test(str(path.relative_to(ROOT)), node.name, says))
    return found


def all_tests() -> list[Test]:
    """Return the tests that hold the model to exact answers, and those of engine and parts."""
    return [test for place in PLACES for path in sorted(ROOT.glob(place)) for test in tests_of(path)]


def tests_table() -> str:
    """Return one table for each module."""
    tests = all_tests()
    lines: list[str] = []
    for path in dict.fromkeys(test.path for test in tests):
        lines += [f"**{path}**", "", "| case | what is held | test |", "|---|---|---|"]
        lines += [f"| {t.case} | {t.says} | `{t.name}` |" for t in tests if t.path == path]
        lines.append("")
    return "\n".join(lines)


def faults_table() -> str:
    """Return the faults that `make mutate` puts in, by file."""
    from tests.mutation.break_on_purpose import MUTATIONS

    files = dict.fromkeys(mutation.file for mutation in MUTATIONS)
    rows = [f"| `{file}` | {'; '.join(m.name for m in MUTATIONS if m.file == file)} |" for file in files]
    return "\n".join(["| file | faults |", "|---|---|", *rows, ""])


def commit_and_day() -> str:
    """Return the commit that a table is made at, and the day."""
    words = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    return f"commit {commit}, {datetime.datetime.now(tz=datetime.UTC).date()}"


def with_section(page: str, name: str, text: str) -> str:
    """Return the page with what stands between the marks of a long run, `make fuzz` or `make kill`."""
    begin, end = f"<!-- {name}: make {name} -->", f"<!-- end of {name} -->"
    head, _, rest = page.partition(begin)
    return f"{head}{begin}\n{text}{end}{rest.partition(end)[2]}"


def renewed(page: str) -> str:
    """Return the page with its generated tables as they are now."""
    for name, table in {"tests": tests_table(), "faults": faults_table()}.items():
        begin, end = f"<!-- {name}: python -m tests.validation_table -->", f"<!-- end of {name} -->"
        head, _, rest = page.partition(begin)
        page = head + begin + "\n" + table + end + rest.partition(end)[2]
    return page


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
