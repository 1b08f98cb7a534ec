"""MODEL.md, VALIDATION.md and REPLICATION.md name only what exists, and all of it."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path

import pytest

from sim.network.arrays import Arrays
from tests import validation_table
from tests.project import pages

PAGES = (
    *("README.md", "MODEL.md", "VALIDATION.md", "REPLICATION.md", "scenarios/README.md"),
    *("CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"),
)
TEXTS = {page: pages.text(page) for page in PAGES}
MODEL, VALIDATION, REPLICATION = (TEXTS[page] for page in PAGES[1:4])
NAMED = [(page, command) for page in PAGES for command in pages.commands(TEXTS[page])]


def sections(page: str) -> dict[str, set[str]]:
    """Return the numbers or letters of sections, each with the titles of its parts."""
    found: dict[str, set[str]] = {}
    for level, title in re.findall(r"^(##|###) (.+)$", page, re.MULTILINE):
        if level == "##":
            key = title.partition(".")[0].removeprefix("Appendix ")
            found[key] = set()
        else:
            found[key].add(title)
    return found


@pytest.mark.parametrize(("page", "command"), NAMED, ids=[f"{p}: {c}" for p, c in NAMED])
def test_every_command_on_a_page_exists_with_its_options(page: str, command: str) -> None:
    words = command.split()
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", pages.text("Makefile"), re.MULTILINE)
        assert words[1] in targets
    elif words[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(words[2]) is not None
    elif words[1] != "..." and not words[1].startswith("-"):
        pages.parse(command)


@pytest.mark.parametrize("page", PAGES)
def test_every_section_of_the_model_that_a_page_names_exists(page: str) -> None:
    known = sections(MODEL)
    assert {str(n) for n in range(1, 16)} | {"A", "B"} <= set(known)
    own = TEXTS[page] if page == "MODEL.md" else " ".join(re.findall(r"MODEL\.md[^|.;]*", TEXTS[page]))
    for number, part in re.findall(r'(?:section|appendix) (\d+|[AB])\b(?: "([^"]+)")?', own):
        assert number in known, number
        assert not part or part in known[number], (number, part)


def test_the_checklists_are_complete() -> None:
    """Seven elements and eleven concepts of ODD; the twenty items of STRESS-DES, the fifth of logic in five parts."""
    odd, stress = MODEL.split("\n## Appendix A. ODD\n")[1].split("\n## Appendix B. STRESS-DES\n")
    assert {int(n) for n in re.findall(r"^\| (\d) ", odd, re.MULTILINE)} == set(range(1, 8))
    concepts = odd.split("### Design concepts")[1]
    assert len(re.findall(r"^\| [A-Z]\w+", concepts, re.MULTILINE)) == 11
    items = re.findall(r"^\| (\d)\.(\d)(?:\.(\d))? ", stress, re.MULTILINE)
    assert len({item[:2] for item in items}) == 20
    assert len([item for item in items if item[2]]) == 5


def test_every_array_of_the_network_is_in_the_table_of_symbols() -> None:
    """With an index, a unit and a meaning."""
    table = MODEL.split("\n### Arrays\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in rows)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[0])} == set(Arrays._fields)


def test_the_tables_of_tests_and_faults_are_those_of_today() -> None:
    """Should this fail: python -m tests.validation_table."""
    assert validation_table.renewed(VALIDATION) == VALIDATION


def test_every_exact_answer_is_explained() -> None:
    """Every case that a test names has a row with inputs, answer and closeness, and the other way round."""
    table = VALIDATION.split("\n## 1. Exact answers\n")[1].split("\n## 2. ")[0]
    explained = set(re.findall(r"^\| ([a-z0-9 ]+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE)) - {
        "case"
    }
    held = {test.case for test in validation_table.all_tests() if test.case.islower()}
    assert explained == held


def test_every_test_and_file_that_validation_names_exists() -> None:
    known = {test.name for test in validation_table.all_tests()}
    for name in re.findall(r"`(test_\w+)`", VALIDATION):
        assert name in known, name
    for path in re.findall(r"`((?:tests|sim|scenarios)/[\w/.]+)`", VALIDATION + REPLICATION):
        assert (pages.ROOT / path).exists(), path


def test_replication_names_every_output_of_make_paper() -> None:
    recipe = pages.text("Makefile").split("\npaper:")[1].split("\n\n")[0]
    written = set(re.findall(r"runs/paper/([\w.]+)", recipe))
    assert written
    assert written == set(re.findall(r"`runs/paper/([\w.]+)`", REPLICATION))
    scenarios = re.search(r"^PAPER := (.+)$", pages.text("Makefile"), re.MULTILINE)
    assert scenarios is not None
    for name in scenarios.group(1).split():
        assert f"`{name}`" in REPLICATION, name


def test_the_citation_names_the_version_of_the_package() -> None:
    version = re.search(r'^version = "(.+)"$', pages.text("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"version: {version.group(1)}" in pages.text("CITATION.cff")


def test_counts_in_the_recipe_are_those_of_the_tables() -> None:
    """`| links.csv | 195 |`: the number of rows of a table of the world."""
    counts = re.findall(r"^\| `(\w+\.csv)` \| (\d+) \|", REPLICATION, re.MULTILINE)
    assert counts
    for name, count in counts:
        with (Path(pages.ROOT) / "scenarios/korea_2019" / name).open(encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.DictReader(file)) == int(count), name
