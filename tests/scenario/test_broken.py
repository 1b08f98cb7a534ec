"""One file per mistake: the message must hold the words and the place that the file itself states."""

from __future__ import annotations

import pathlib
import re

import pytest

from sim.scenario import check

FOLDER = pathlib.Path(__file__).parent / "broken"
FILES = sorted(
    path for path in [*FOLDER.glob("*.yaml"), *FOLDER.glob("*/world.yaml")] if path.parent.name != "base"
)


def name_of(path: pathlib.Path) -> str:
    return path.stem if path.parent == FOLDER else path.parent.name


def stated(path: pathlib.Path, word: str) -> str:
    found = re.search(rf"^# {word}: (.*)$", path.read_text(encoding="latin-1"), re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_message_names_the_place_and_the_remedy(path: pathlib.Path) -> None:
    problems = check([path])
    assert len(problems) == 1, "\n".join(map(str, problems))
    text = str(problems[0])
    assert stated(path, "expect") in text
    place = stated(path, "place")
    if place:
        assert re.match(rf"(.*/)?{re.escape(place)}\b", text), text
    else:
        assert (pathlib.Path(problems[0].file).name, problems[0].line) == (
            path.name,
            int(stated(path, "line")),
        )
    assert problems[0].remedy


def test_base_of_the_broken_files_is_whole() -> None:
    assert check([FOLDER / "base"]) == []


def test_there_are_many() -> None:
    assert len(FILES) >= 30
