"""Whatever README.md shows is run, and what it prints is what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from sim.scenario import check
from tests.project import pages, readme

PAGE = pages.text("README.md")
SHOWN = [one for block in pages.blocks(PAGE, "console") for one in pages.shown(block)]
QUESTIONS = re.findall(r"^\| .* \| `(curbsim [^`]+)` \|$", PAGE, re.MULTILINE)
LINES = [line for block in pages.blocks(PAGE, "sh") for line in block.splitlines()]
NAMED = dict.fromkeys(line.partition("  #")[0].strip() for line in [*QUESTIONS, *LINES])
AFTER = [command for command in NAMED if "--latest" in command]
RUN = [
    command
    for command in NAMED
    if command not in AFTER and not any(one.command.startswith(f"{command} ") for one in SHOWN)
]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("reader")
    with pages.inside(place):
        readme.files(PAGE, place)
        yield place


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.command)
def test_an_output_on_the_page_is_what_the_command_prints(one: pages.Shown) -> None:
    """Should this fail after a change of output: python -m tests.project.readme --write."""
    found = pages.printed(one.command, *pages.alone(one.command))
    assert pages.same_hash(found) == pages.same_hash(one.output)


@pytest.mark.parametrize("command", RUN)
def test_a_command_on_the_page_runs(command: str) -> None:
    """With two replications, in one process, without figures; those with an output above have run."""
    said = pages.printed(pages.quick(command))
    assert said or command.startswith(("curbsim check", "curbsim new", "curbsim network"))


def test_commands_on_a_run_folder_run(tmp_path: Path) -> None:
    """They take what a run of twenty replications left behind."""
    assert len(AFTER) == 2
    with pages.inside(tmp_path):
        pages.printed("curbsim run curbs_2019 --replications 20 --jobs 1 --no-structure")
        for command in AFTER:
            assert pages.printed(command)


def test_python_on_the_page_runs_in_order(folder: Path) -> None:
    names: dict[str, object] = {}
    for block in pages.blocks(PAGE, "python"):
        exec(re.sub(r"replications=\d+", "replications=2", block), names)
    assert (folder / "cover.png").exists()


def test_the_scenario_on_the_page_is_valid_with_each_variant() -> None:
    assert check(["pause.yaml", "pause.yaml+more_stock"]) == []


def test_the_library_on_the_page_is_complete() -> None:
    table = PAGE[PAGE.index("## What comes with it") : PAGE.index("## What a run leaves behind")]
    named = set(re.findall(r"`(\w+)`", table))
    assert named - {"curbsim"} == {listing.name for listing in sim.scenarios()}


def test_a_page_is_short_and_its_links_lead_somewhere() -> None:
    assert len(PAGE.splitlines()) < 240
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (pages.ROOT / target).exists(), target
