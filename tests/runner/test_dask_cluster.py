"""A cluster that fails: one line in words for each way, and nothing of Dask's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import sim
from sim.errors import CurbsimError
from sim.runner import dask_cluster
from sim.runner.parallel import read_jobs
from tests.runner.test_replications import curbed

ROOT = Path(__file__).parents[2]


@contextmanager
def process(*words: str, says: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a program of Dask; yield it and its line that holds a word, once that is there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begun = subprocess.Popen(
        [sys.executable, "-m", *words], stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert begun.stderr is not None
        yield begun, next(line for line in begun.stderr if says in line)
    finally:
        begun.kill()
        begun.communicate()


@contextmanager
def cluster(*words: str) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """Start a scheduler and a worker of one thread; yield their address and both."""
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", *words)
    with process("distributed.cli.dask_scheduler", *options, says="Scheduler at:") as (scheduler, line):
        address = re.findall(r"\w+://\S+", line)[0]
        options = (address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        with process("distributed.cli.dask_worker", *options, says="Registered to:") as (worker, _):
            yield address, [scheduler, worker]


@pytest.fixture(scope="module")
def alone() -> Iterator[Any]:
    """A scheduler of this process, with a worker in a thread of it."""
    from distributed import LocalCluster

    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
    with LocalCluster(dashboard_address=None, **options) as made:
        yield made


def told(call: Callable[[], object], capfd: pytest.CaptureFixture[str]) -> str:
    """Return the message that a call ends with; nothing else may be printed."""
    capfd.readouterr()
    with pytest.raises(CurbsimError) as error:
        call()
    assert capfd.readouterr() == ("", "")
    return str(error.value)


def test_workers_without_curbsim_are_told_before_anything_is_sent(
    alone: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A task would end such a worker with its own traceback, and nobody would answer."""
    monkeypatch.setattr(dask_cluster, "LOADED", "no_such_package.of_ours:name")
    address = alone.scheduler_address
    line = told(lambda: sim.run(curbed(), replications=4, jobs=address), capfd)
    assert line == (
        f"{address}: the workers cannot load curbsim (No module named 'no_such_package'); install it there"
    )


def test_a_scheduler_without_workers_is_told(
    alone: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dask_cluster, "TIMEOUT", 0.5)
    alone.scale(0)
    address = alone.scheduler_address
    while alone.scheduler.workers:
        alone.sync(alone._correct_state)
    line = told(lambda: sim.run(curbed(), replications=4, jobs=address), capfd)
    assert line == f"{address}: the scheduler has no workers; start dask worker {address}"


@pytest.mark.parametrize(
    ("dies", "words"),
    [
        (0, "the scheduler is gone; start it, then the same command again"),
        (1, "all workers are gone; start dask worker {}, then the same command again"),
    ],
    ids=["scheduler", "worker"],
)
def test_a_cluster_that_dies_midway_is_told_and_what_is_finished_is_kept(
    dies: int,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(dask_cluster, "PATIENCE", 0.2)
    with cluster() as (address, both):
        counts: list[int] = []

        def kill(count: int) -> None:
            counts.append(count)
            if sum(counts) > 20:
                both[dies].kill()

        options: dict[str, Any] = {"jobs": address, "checkpoint": tmp_path, "progress": kill}
        line = told(lambda: sim.run(curbed(), replications=2000, **options), capfd)
    assert line == f"{address}: {words.format(address)}"
    assert list(tmp_path.glob(".unfinished/*/*.npz"))


@pytest.mark.parametrize("scheme", ["http", "https", "ws", "wss", "inproc", "tcps", "file", "ssh", "TCP"])
def test_other_schemes_than_those_of_clusters_are_refused(scheme: str) -> None:
    with pytest.raises(CurbsimError, match=r"write for example tcp://.*, or the same with tls:// or ucx://"):
        read_jobs(f"{scheme}://127.0.0.1:8786")
    for known in ("tcp", "tls", "ucx"):
        assert read_jobs(f"{known}://127.0.0.1:8786") == f"{known}://127.0.0.1:8786"


def test_tls_runs_with_the_settings_of_the_page_and_without_them_says_which_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The settings of docs/foreign_files.md, with a certificate that signs itself."""
    import dask.config
    import distributed  # noqa: F401 - before DASK_CONFIG is set, which is for the other processes

    page = (ROOT / "docs" / "foreign_files.md").read_text(encoding="utf-8")
    settings = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    files = ["-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"]
    subprocess.run([*made, *files, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    settings = settings.replace("/home/me/ca.pem", "/home/me/cert.pem").replace("/home/me", str(tmp_path))
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "tls.yaml").write_text(settings)
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask"))
    with cluster("--protocol", "tls") as (address, _):
        assert address.startswith("tls://")
        whole = dask.config.merge(dask.config.config, YAML(typ="safe").load(settings))
        with dask.config.set(whole):
            result = sim.run(curbed(), replications=4, jobs=address)
        assert result.replications == 4
        line = told(lambda: sim.run(curbed(), replications=4, jobs=address), capfd)
    assert line.startswith(f"{address}: Dask has no certificates for TLS; write distributed.comm.tls into")
