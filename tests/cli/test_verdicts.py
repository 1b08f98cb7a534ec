"""What `curbsim check` remembers of files without a mistake, and when it looks again."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import verdicts
from sim.cli.app import app
from sim.scenario import scenario
from sim.scenario.writing import to_yaml
from tests.worlds import chain

CHILD = "format: 1\nextends: chain\nmeta: {title: Child}\nvariants: {late: {run: {end: 2020-06-30}}}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a world in a folder, its table of links, and a child of it."""
    tree = chain()
    del tree["links"]
    world = tmp_path / "work" / "chain"
    world.mkdir(parents=True)
    (world / "world.yaml").write_text(to_yaml(tree), encoding="utf-8")
    links = "id,from,to,material,share,source\nacid,plant,line,acid,1.0,estimate\nraw,pit,plant,raw,1.0,estimate\n"
    (world / "links.csv").write_text(links, encoding="utf-8")
    (tmp_path / "work" / "child.yaml").write_text(CHILD, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(verdicts.sys, "platform", "linux")
    return tmp_path / "work"


def check(name: str = "child.yaml") -> tuple[int, bool]:
    """Return the exit code of the command, and whether files were examined."""
    seen: list[object] = []
    examine = scenario._examine
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenario, "_examine", lambda *given: (seen.append(given), examine(*given))[1])
        done = CliRunner().invoke(app, ["check", name])
    gc.enable()  # the command ends in a moment and does without
    return done.exit_code, bool(seen)


def test_files_without_a_mistake_are_not_read_again(place: Path) -> None:
    assert check() == (0, True)
    assert check() == (0, False)
    assert check("child.yaml+late") == (0, True)


@pytest.mark.parametrize("file", ["child.yaml", "chain/world.yaml", "chain/links.csv"])
def test_a_change_anywhere_in_the_chain_is_seen(place: Path, file: str) -> None:
    assert check() == (0, True)
    text = (place / file).read_text(encoding="utf-8")
    (place / file).write_text(
        text.replace("title: Child", "titel: Child")
        .replace("firm: maker", "firm: nobody")
        .replace("acid,plant", "acid,plants"),
        "utf-8",
    )
    assert check() == (1, True)
    (place / file).write_text(text, encoding="utf-8")
    assert check() == (0, True)
    assert check() == (0, False)


def test_mistakes_are_told_every_time(place: Path) -> None:
    (place / "child.yaml").write_text(CHILD.replace("meta", "metta"), encoding="utf-8")
    assert check() == check() == (1, True)


@pytest.mark.parametrize("name", ["chain.yaml", "scenarios/other.yaml", "chain/stoks.csv"])
def test_a_new_file_that_could_take_the_place_of_another_is_seen(place: Path, name: str) -> None:
    assert check() == (0, True)
    (place / name).parent.mkdir(exist_ok=True)
    (place / name).write_text("format: 1\nextends: nowhere\n", encoding="utf-8")
    assert check()[1]


def test_files_from_elsewhere_are_read_every_time(place: Path) -> None:
    (place / "far" / "deep").mkdir(parents=True)
    (place / "chain" / "world.yaml").rename(place / "far" / "deep" / "world.yaml")
    (place / "chain" / "links.csv").rename(place / "far" / "deep" / "links.csv")
    (place / "child.yaml").write_text(CHILD.replace("chain", "far/deep"), encoding="utf-8")
    assert check() == check() == (0, True)


@pytest.mark.parametrize("blocked", ["cache", "cache/curbsim", "cache/curbsim/checked"])
def test_a_cache_that_cannot_be_written_is_none(place: Path, tmp_path: Path, blocked: str) -> None:
    (tmp_path / blocked).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / blocked).write_text("a file, not a folder")
    assert check() == check() == (0, True)


def test_junk_in_the_cache_is_ignored(place: Path, tmp_path: Path) -> None:
    assert check() == (0, True)
    for file in (tmp_path / "cache" / "curbsim" / "checked").iterdir():
        file.write_bytes(b"\xff\x00")
    assert check() == (0, True)
