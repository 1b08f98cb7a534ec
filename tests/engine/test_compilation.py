"""What is compiled is kept where it can be, and said where it takes long."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numba
import pytest

import sim
from sim import jit
from sim.engine.daystep import run
from sim.scenario import from_tree
from tests.worlds import chain


class Step:
    """Stands for the compiled day step: what it was compiled for, and where that is kept."""

    def __init__(self, folder: Path | None, *signatures: object) -> None:
        self.function = self
        self.signatures = signatures
        self.stats = type("Stats", (), {"cache_path": None if folder is None else str(folder)})


def test_a_function_is_compiled_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_, asked = numba.njit, []

    def refuse(*given: Any, cache: bool = False, **options: Any) -> Any:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function 'half': no locator available for file 'x.py'")
        return compile_(*given, **options)

    monkeypatch.setattr(numba, "njit", refuse)

    def half(x: float) -> float:
        return x / 2

    assert jit.cached_njit(half, error_model="numpy")(3.0) == 1.5
    assert asked[:2] == [True, False]  # numba compiles functions of its own, too


@pytest.mark.parametrize(("age", "compiled"), [(-5, False), (5, True)])
def test_compiled_code_that_is_older_than_its_sources_is_none(
    age: int, compiled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.kernel, "run_days", Step(tmp_path))
    assert not run.is_compiled()
    file = tmp_path / "kernel.run_days-1.py311.nbi"
    file.write_bytes(b"")
    os.utime(file, (run.newest_source() + age,) * 2)
    assert run.is_compiled() is compiled
    monkeypatch.setattr(run.kernel, "run_days", Step(None, "a signature"))
    assert run.is_compiled()


@pytest.mark.parametrize("kept", [True, False])
def test_a_notebook_is_told_once_what_it_waits_for(
    kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, step = from_tree(chain()), run.kernel.run_days
    before = Step(tmp_path if kept else None)
    monkeypatch.setattr(run, "kernel", type("Kernel", (), {"run_days": before}))
    sim.run(scenario, replications=1, jobs=1)
    printed = capsys.readouterr().err
    assert printed.startswith("compiling the day step") and printed.count("\n") == 1
    assert ("NUMBA_CACHE_DIR" in printed) is not kept
    monkeypatch.setattr(run.kernel, "run_days", step)
    sim.run(scenario, replications=1, jobs=1)
    assert capsys.readouterr().err == ""
