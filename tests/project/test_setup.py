"""What sets the project up: constraints with names and versions, floors that are tried, releases in the changelog."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.project import pages

PROJECT = tomllib.loads(pages.text("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
USED = [*PROJECT["dependencies"], *EXTRAS["cluster"], *EXTRAS["tables"]]
FILES = ("constraints.txt", "constraints-lowest.txt")


def pinned(file: str) -> dict[str, Version]:
    """Return the version of every package in a file of constraints."""
    pairs = [line.split("==") for line in pages.text(file).splitlines()]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def floors(texts: list[str]) -> dict[str, Version]:
    """Return the lowest version that each requirement allows."""
    requirements = [Requirement(text) for text in texts]
    return {
        canonicalize_name(one.name): Version(bound.version)
        for one in requirements
        for bound in one.specifier
        if bound.operator == ">="
    }


@pytest.mark.parametrize("file", FILES)
def test_constraints_have_names_and_versions_only(file: str) -> None:
    lines = pages.text(file).splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    assert list(pinned(file)) == sorted(pinned(file))
    assert len(pinned(file)) == len(lines)


@pytest.mark.parametrize(
    ("file", "extras"),
    [("constraints.txt", [*EXTRAS]), ("constraints-lowest.txt", ["cluster", "tables", "test"])],
)
def test_every_package_that_a_target_installs_is_in_the_constraints(file: str, extras: list[str]) -> None:
    """Only `make notebook` needs JupyterLab, a program to open notebooks with; tests run them without it."""
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in EXTRAS[extra])]
    requirements, versions = [Requirement(text) for text in texts], pinned(file)
    wrong = [
        str(one)
        for one in requirements
        if canonicalize_name(one.name) not in versions
        or versions[canonicalize_name(one.name)] not in one.specifier
    ]
    assert wrong == []


def test_the_lowest_versions_are_the_floors_of_the_package() -> None:
    """What users install has a floor that `make test-lowest` runs; tools of developers have no such test."""
    lowest, wanted = pinned("constraints-lowest.txt"), floors(USED)
    assert len(wanted) == len(USED)
    assert {name: lowest[name] for name in wanted} == wanted


def test_floors_are_the_same_wherever_a_package_is_named() -> None:
    used, tested = floors(USED), floors(EXTRAS["test"])
    assert {name: tested[name] for name in used.keys() & tested.keys()} == {
        name: used[name] for name in used.keys() & tested.keys()
    }


def test_an_environment_is_made_anew_when_the_constraints_change() -> None:
    rules = re.findall(r"^\$\(VENV\)/\w+\.stamp: (.+)$", pages.text("Makefile"), re.MULTILINE)
    assert rules == ["pyproject.toml $(CONSTRAINTS)"] * 3


def test_the_changelog_has_a_release_for_the_version_and_one_line_an_entry() -> None:
    lines = pages.text("CHANGELOG.md").splitlines()
    releases = [line for line in lines if line.startswith("## ")]
    assert releases[0] in (f"## {PROJECT['version']}", f"## {PROJECT['version']} (unreleased)")
    assert releases[-1] == "## 0.1.0"
    body = lines[lines.index(releases[0]) :]
    assert {line[:2] for line in body if line} == {"##", "- "}
    assert max(map(len, body)) < 140
    headings = {line for line in body if line.startswith("### ")}
    assert headings <= {
        "### Added",
        "### Changed",
        "### Deprecated",
        "### Removed",
        "### Fixed",
        "### Security",
    }
