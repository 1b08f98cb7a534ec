"""A machine that gives too little: no rights, no room, no memory, no home. One line, and nothing by halves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.jit import cached_njit
from sim.scenario.yaml_files import to_yaml
from tests.worlds import chain, event

ROOT = Path(__file__).parents[2]
#: Root may do everything: as a child without capabilities it has the rights of an owner.
PREFIX = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []


def given(words: list[str], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Give a command without rights."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.run(
        [*PREFIX, sys.executable, "-m", "sim", *words], cwd=folder, env=environment, timeout=120, **pipes
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    tree = chain(run={"replications": 1}, events={"cut": event("embargo", until="2019-10-31")})
    (tmp_path / "base.yaml").write_text(to_yaml(tree), encoding="utf-8")
    return tmp_path


def test_a_folder_that_cannot_be_written_is_told_and_left_as_it_is(place: Path) -> None:
    place.chmod(0o555)
    words = ["sweep", "base.yaml", "--vary", "model.order_inflation=0,0.5", "--jobs", "1"]
    done = given([*words, "--replications", "1"], place)
    last = done.stderr.splitlines()[-1]
    assert (done.returncode, done.stdout) == (1, "") and "ermission denied" in last, done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in place.iterdir()] == ["base.yaml"]


def test_a_full_standard_output_ends_with_a_line(place: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = given(["list"], place, stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in done.stderr


def test_compiled_code_that_cannot_be_kept_is_used_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs the next process time, not this one its run."""
    from numba.core.caching import IndexDataCacheFile

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    assert cached_njit(_twice)(4) == 8


def _twice(number: int) -> int:
    return 2 * number
