"""Folders and files are written whole or not at all, whoever else writes them, or is killed, meanwhile."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sim.errors import CurbsimError
from sim.files import HOST, whole_folder, write_whole


def write(target: Path, text: str) -> None:
    with whole_folder(target) as part:
        (part / "a").write_text(text)
        (part / "b").write_text(text)


def text_of(target: Path) -> str:
    a, b = (target / "a").read_text(), (target / "b").read_text()
    assert a == b
    return a


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_many_writers_of_one_folder_leave_one_whole_folder(tmp_path: Path) -> None:
    target = tmp_path / "run"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write(target, str(number)), range(200)))
    assert text_of(target) in map(str, range(200))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_failure_leaves_the_folder_of_before(tmp_path: Path) -> None:
    target = tmp_path / "run"
    write(target, "before")
    with pytest.raises(CurbsimError, match="cannot write the folder .*; write --out"):
        with whole_folder(target) as part:
            (part / "a").write_text("half")
            raise OSError("disk")
    assert text_of(target) == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_killed_commands_left_is_put_right(tmp_path: Path) -> None:
    """A command killed between the two renames has left the old folder aside: it returns to its place."""
    target, gone = tmp_path / "run", ended_process()
    write(target, "before")
    target.rename(tmp_path / f".run.{HOST}-{gone}-0123abcd.old")
    (tmp_path / f".run.{HOST}-{gone}-0123abcd.part").mkdir()
    others = tmp_path / f".run.elsewhere-{gone}-0123abcd.part"
    others.mkdir()
    with pytest.raises(CurbsimError):
        with whole_folder(target):
            assert text_of(target) == "before"
            raise OSError("disk")
    assert sorted(path.name for path in tmp_path.iterdir()) == [others.name, "run"]


def test_links_are_replaced_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    (tmp_path / "run").symlink_to(elsewhere)
    write(tmp_path / "run", "new")
    (tmp_path / "page").symlink_to(elsewhere / "kept")
    write_whole(tmp_path / "page", lambda part: part.write_text("new"))
    assert (elsewhere / "kept").read_text() == "kept"
    assert [path.name for path in elsewhere.iterdir()] == ["kept"]
    assert text_of(tmp_path / "run") == (tmp_path / "page").read_text() == "new"
