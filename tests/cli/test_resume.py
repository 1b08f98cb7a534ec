"""A command that is stopped goes on when it is given again; one that cannot go on says why."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import psutil
import pytest

from tests.cli.test_cli import curbsim, started
from tests.cli.test_experiment_folders import content, leaves

WORDS = ["compare", "small.yaml", "small.yaml+short", "--replications", "800", "--format", "csv"]


def test_ctrl_c_and_the_same_command_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = started(*WORDS, "--jobs", "2", cwd=folder)
    assert process.stderr is not None
    while not re.search(r"\d{3}/1600", process.stderr.readline()):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, ""), err
    assert err.endswith("stopped; the same command goes on with what is finished\n")
    assert [path.name for path in (folder / "runs").iterdir()] == [".unfinished"]
    monkeypatch.chdir(folder)
    again = curbsim(*WORDS, "--jobs", "2", cwd=folder)
    assert again.returncode == 0, again.stderr
    first = re.search(r"comparing: (\d+)/1600", again.stderr)
    assert first is not None and int(first[1]) > 1, again.stderr  # what was finished comes at once
    (whole,) = (folder / "runs").iterdir()
    assert content(whole) == content(leaves([*WORDS, "--jobs", "1"], "uninterrupted"))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL"])
def test_a_command_that_is_ended_keeps_what_it_can_and_leaves_no_process(name: str, folder: Path) -> None:
    number = getattr(signal, name)
    process = started(*WORDS, "--jobs", "2", cwd=folder)
    assert process.stderr is not None
    while not re.search(r"\d{3}/1600", process.stderr.readline()):
        assert process.poll() is None
    workers = psutil.Process(process.pid).children()
    assert len(workers) == 2
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    if number in (signal.SIGKILL, signal.SIGQUIT):
        assert process.returncode == -number
        return
    assert process.returncode == 128 + number
    assert err.endswith("stopped; the same command goes on with what is finished\n")
    assert list(folder.glob("runs/.unfinished/*/*.npz"))


def test_two_identical_commands_at_once_both_end_well(folder: Path) -> None:
    words = ["compare", "small.yaml", "small.yaml+short", "--replications", "20", "--format", "csv"]
    both = [started(*words, "--jobs", "1", cwd=folder) for _ in range(2)]
    outs = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert outs[0][0] == outs[1][0] != ""
    (whole,) = (folder / "runs").iterdir()
    assert not [path for path in whole.rglob("*") if path.name.endswith((".part", ".old"))]


def test_a_scheduler_that_does_not_answer_is_told(folder: Path) -> None:
    done = curbsim(*WORDS, "--cluster", "tcp://127.0.0.1:1", cwd=folder)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "tcp://127.0.0.1:1: no scheduler answers within 5 s; start one with dask scheduler and write the "
        "address that it prints\n"
    )
    assert list((folder / "runs").iterdir()) == []
    both = curbsim(*WORDS, "--cluster", "tcp://127.0.0.1:1", "--jobs", "2", cwd=folder)
    assert both.returncode == 2
    assert "--jobs and --cluster: write one of them" in both.stderr
