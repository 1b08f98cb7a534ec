"""Executors: serial, processes and a cluster give the same bytes, whoever dies and whenever one stops."""

from __future__ import annotations

import errno
import multiprocessing
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.cli import app as command
from sim.errors import CurbsimError
from sim.results import store
from sim.runner import checkpoint, dask_cluster, memory, parallel
from sim.runner.compiled_scenario import CompiledScenario
from sim.runner.options import RunOptions
from sim.runner.parallel import chunks, read_jobs, run_all
from tests.runner.test_replications import curbed

pytestmark = pytest.mark.filterwarnings("ignore::sim.errors.PartialRunWarning")  # runs are stopped on purpose

NUMBER = 12


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A Dask cluster of two worker processes."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def same(*results: sim.Result) -> bool:
    first, *others = results
    return all(
        first.arrays[name].tobytes() == other.arrays[name].tobytes()
        for other in others
        for name in first.arrays
    )


def forked() -> list[Any]:
    """Return what is left of pools; workers of the cluster are spawned."""
    return [child for child in multiprocessing.active_children() if "Fork" in type(child).__name__]


def dies_once(mark: Path, after: int = 0) -> Any:
    """Return a process that kills the worker it runs in, once, after some replications of all workers."""
    seen = mark.with_suffix(".seen")

    def dies(env: Any, world: Any) -> Iterator[Any]:
        yield env.timeout(100)
        if multiprocessing.parent_process() is None or mark.exists():
            return
        with seen.open("ab") as file:
            file.write(b".")
        if seen.stat().st_size > after:
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return dies


def dies(env: Any, world: Any) -> Iterator[Any]:
    yield env.timeout(100)
    if multiprocessing.parent_process() is not None:
        os.kill(os.getpid(), signal.SIGKILL)


def test_serial_processes_and_a_cluster_give_the_same_bytes(address: str, tmp_path: Path) -> None:
    results = [
        sim.run(curbed(), replications=NUMBER, jobs=jobs, structure={"model.switching": [0, 1]})
        for jobs in (1, 2, address)
    ]
    assert same(*results)
    folders = [result.save(tmp_path / str(i), formats=("csv",)) for i, result in enumerate(results)]
    for name in ("summary.csv", "tables/production.csv", "replications.npz"):
        assert len({(folder / name).read_bytes() for folder in folders}) == 1


def test_a_process_that_dies_ends_the_run_and_the_same_call_goes_on(tmp_path: Path) -> None:
    counts: list[int] = []
    options: dict[str, Any] = {"replications": NUMBER, "processes": [dies_once(tmp_path / "mark", after=6)]}
    runs = tmp_path / "runs"
    with pytest.raises(CurbsimError, match="killed, most likely because memory ran out; write a smaller"):
        sim.run(curbed(), jobs=2, checkpoint=runs, progress=counts.append, **options)
    assert (tmp_path / "mark").exists()
    assert 1 < sum(counts) < NUMBER
    assert forked() == []
    again: list[int] = []
    result = sim.run(curbed(), jobs=2, checkpoint=runs, progress=again.append, **options)
    assert again[0] == sum(counts) - 1  # at once; one has daily records, which are not kept
    assert sum(again) == NUMBER
    assert list(runs.iterdir()) == []
    assert same(sim.run(curbed(), jobs=1, **options), result)
    assert forked() == []


def test_a_worker_of_a_cluster_that_dies_costs_what_it_was_doing(address: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"replications": NUMBER, "processes": [dies_once(tmp_path / "mark")]}
    result = sim.run(curbed(), jobs=address, **options)
    assert (tmp_path / "mark").exists()
    assert same(sim.run(curbed(), jobs=1, **options), result)


def test_processes_that_keep_dying_end_with_a_reason() -> None:
    with pytest.raises(
        CurbsimError, match="a smaller number than --jobs 2; the same command, or call .* goes on"
    ):
        sim.run(curbed(), replications=4, jobs=2, processes=[dies])
    assert forked() == []


def test_workers_with_other_code_are_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "code_digest", lambda: "another")
    with pytest.raises(CurbsimError, match="another version of curbsim"):
        sim.run(curbed(), replications=4, jobs=address)


def test_the_commands_of_dask_that_the_readme_shows_exist() -> None:
    from distributed.cli import dask_scheduler, dask_worker

    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"`dask (scheduler|worker)([^`]*)`", text)
    assert {name for name, _ in shown} == {"scheduler", "worker"}
    for name, words in shown:
        command = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"--[a-z]+", words)) <= known


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ("tcp://127.0.0.1:1", "no scheduler answers within 1 s; start one with dask scheduler"),
        ("somewhere", "'somewhere' is not the address of a cluster; write for example tcp://"),
        (0, "jobs is 0; write 1 or more"),
    ],
)
def test_a_wrong_address_is_told_soon(jobs: Any, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "TIMEOUT", 1.0)
    begun = time.monotonic()
    with pytest.raises(CurbsimError, match=message):
        sim.run(curbed(), replications=4, jobs=jobs)
    assert time.monotonic() - begun < 20.0
    assert read_jobs(2) == 2 and read_jobs(None) is None


class Count:
    """Counts the replications that are run, and stops after some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stop: int) -> None:
        self.run: list[int] = []
        whole = CompiledScenario.run

        def counted(compiled: CompiledScenario, replication: int) -> Any:
            if len(self.run) == stop:
                raise KeyboardInterrupt
            self.run.append(replication)
            return whole(compiled, replication)

        monkeypatch.setattr(CompiledScenario, "run", counted)


SWITCHING = {"model.switching": [0, 1]}
EXPERIMENTS: dict[str, Any] = {
    "run": lambda **o: sim.run(curbed(), **o).arrays["process"],
    "structure": lambda **o: sim.run(curbed(), structure=SWITCHING, **o).arrays.get("structure"),
    "compare": lambda **o: sim.compare(curbed(), curbed(events={}), **o).table().to_csv(),
    "sweep": lambda **o: sim.sweep(curbed(), {"model.order_inflation": [0, 0.5]}, **o).table().to_csv(),
    "roles": lambda **o: sim.roles(curbed(), **o).to_csv(),
}
STOPS = {"run": 7, "structure": 20, "compare": 17, "sweep": 9, "roles": 30}
RECORDED = {
    "compare": 2,
    "sweep": 2,
    "structure": 1,
    "run": 1,
    "roles": 0,
}  # run again: they have daily records


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_stopped_experiment_goes_on_without_repeating(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, options = EXPERIMENTS[name], {"replications": NUMBER, "jobs": 1}
    whole = experiment(**options)
    with monkeypatch.context() as patch:
        stopped = Count(patch, STOPS[name])
        try:
            part = experiment(checkpoint=tmp_path, **options)
        except KeyboardInterrupt:
            part = None
        assert part is None or len(part) < len(whole) or name == "compare"
    assert list(tmp_path.glob(".unfinished/*/*.npz"))
    assert not list(tmp_path.rglob("*.part"))
    counts: list[int] = []
    with monkeypatch.context() as patch:
        rest = Count(patch, 1000)
        again = experiment(checkpoint=tmp_path, progress=counts.append, **options)
    assert again.tobytes() == whole.tobytes() if isinstance(whole, np.ndarray) else again == whole
    total = sum(counts)
    assert len(rest.run) <= total - len(stopped.run) + RECORDED[name]
    assert list(tmp_path.iterdir()) == []  # whole: nothing is kept


def test_changed_code_or_inputs_find_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(**more: Any) -> int:
        with monkeypatch.context() as patch:
            count = Count(patch, 5)
            result = sim.run(curbed(), **{"replications": NUMBER, "jobs": 1, "checkpoint": tmp_path} | more)
        assert len(count.run) == 5
        return result.replications

    def strike(env: Any, world: Any) -> Iterator[Any]:
        yield env.timeout(1)

    assert stopped() == 5
    for change in ({"seed": 9}, {"replications": 13}, {"uncertainty": False}, {"processes": [strike]}):
        assert stopped(**change) == 5
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "code_digest", lambda: "another")
        assert stopped() == 5
    assert len(list(tmp_path.glob(".unfinished/*"))) == 6
    assert stopped() == 9  # the same again: 4 found, 5 run


def test_a_damaged_file_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"replications": NUMBER, "jobs": 1, "checkpoint": tmp_path}
    with monkeypatch.context() as patch:
        Count(patch, 6)
        sim.run(curbed(), **options)
    whole = sim.run(curbed(), replications=NUMBER, jobs=1)
    (file,) = tmp_path.glob(".unfinished/*/*.npz")
    assert file.parent.stat().st_mode & 0o777 == file.parents[1].stat().st_mode & 0o777 == 0o700
    good = store.read_arrays(file)
    measure = next(name for name in good if name.startswith("0/process"))
    damages: list[Any] = [
        {**good, measure: good[measure] + 1.0},
        {**good, measure: good[measure][..., :1]},
        {**good, measure: good[measure].astype(np.float32)},
        {**good, "0/replication": good["0/replication"] + 1},
        {name.replace("0/", "1/", 1): array for name, array in good.items()},
        {name: array for name, array in good.items() if name != measure},
        {"0/replication": np.arange(3)},
        {"words": np.array(["none of ours"])},
    ]
    for damaged in [file.read_bytes()[:2000], b"", *damages]:
        with monkeypatch.context() as patch:
            rest = Count(patch, 1000)
            if isinstance(damaged, bytes):
                file.write_bytes(damaged)
            else:
                store.write_arrays(damaged, file)
            assert same(sim.run(curbed(), **options), whole)
        assert len(rest.run) == NUMBER
        file.parent.mkdir(parents=True)
    assert not file.exists()


def test_replications_are_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that overlap, as two commands of before would have left them, hold each replication once."""
    options: dict[str, Any] = {"replications": NUMBER, "jobs": 1, "checkpoint": tmp_path}
    with monkeypatch.context() as patch:
        Count(patch, 6)
        sim.run(curbed(), **options)
    (file,) = tmp_path.glob(".unfinished/*/*.npz")
    file.with_name("0-99.npz").write_bytes(file.read_bytes())
    assert same(sim.run(curbed(), **options), sim.run(curbed(), replications=NUMBER, jobs=1))


def test_two_commands_of_one_study_do_not_share_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = curbed()
    compiled = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=1, replications=4)
    tasks = [(compiled, range(4))]
    first, second = checkpoint.CheckpointStore(tmp_path), checkpoint.CheckpointStore(tmp_path)
    of_first, of_second = first.checkpoint(tasks), second.checkpoint(tasks)
    assert of_first.is_ours and not of_second.is_ours
    assert "another command works on the same study" in capsys.readouterr().err
    of_first.add(0, [compiled.run(1)])
    of_second.add(0, [compiled.run(2)])
    first.flush()
    second.flush()
    second.clear()
    second.release()
    assert len(list(tmp_path.glob(".unfinished/*/*.npz"))) == 1
    first.release()
    third = checkpoint.CheckpointStore(tmp_path)
    assert [[r.replication for r in results] for _, results in third.checkpoint(tasks).finished()] == [[1]]
    third.clear()
    third.release()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_in_the_middle_is_told_and_leaves_nothing_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = store.write_arrays, []

    def full(arrays: Any, path: Path, **options: bool) -> None:
        write(arrays, path, **options)
        written.append(path)
        if len(written) > 2:
            path.write_bytes(path.read_bytes()[:100])
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write_arrays", full)
        patch.setattr(checkpoint, "SECONDS_BETWEEN_FILES", 0.0)
        with pytest.raises(CurbsimError, match="No space left on device"):
            sim.run(curbed(), replications=NUMBER, jobs=1, checkpoint=tmp_path)
    assert len(list(tmp_path.rglob("*.npz"))) == 2
    assert not list(tmp_path.rglob("*.part"))
    whole = sim.run(curbed(), replications=NUMBER, jobs=1, checkpoint=tmp_path)
    assert same(whole, sim.run(curbed(), replications=NUMBER, jobs=1))


def test_a_disk_that_was_full_before_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(arrays: Any, path: Path, **options: bool) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_arrays", full)
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN_FILES", 0.0)
    with pytest.raises(CurbsimError, match="No space left on device"):
        sim.run(curbed(), replications=NUMBER, jobs=1, checkpoint=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_would_not_fit_in_memory_is_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = curbed()
    compiled = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=1, replications=4)
    each = memory.size(compiled.run(0))
    monkeypatch.setattr(memory, "available", lambda: 6.0 * each)
    with pytest.raises(CurbsimError, match=r"12 replications keep .* write --replications 3 or fewer"):
        sim.run(scenario, replications=12, jobs=1)
    manifest = sim.run(scenario, replications=3, jobs=1).manifest
    assert manifest["bytes_kept_per_replication"] == each
    assert manifest["bytes_of_records_per_process"] == memory.working(compiled)
    monkeypatch.setattr(memory, "available", lambda: 2.5 * (memory.working(compiled) + memory.CHUNK_BYTES))
    assert memory.most_processes(compiled) == 2


def test_a_replication_that_would_not_fit_is_refused_before_it_is_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A century of days, each with its records, and goods on the way for a century."""
    long = curbed().with_({"run.end": "2118-12-31", "links.*.lead_time": "100 years"})
    monkeypatch.setattr(memory, "available", lambda: 1e6)
    monkeypatch.setattr(memory, "SMALL", 0.0)
    monkeypatch.setattr(CompiledScenario, "run", lambda *_: pytest.fail("it was run"))
    with pytest.raises(CurbsimError, match=r"a replication needs .* longest lead time is 36,500 days"):
        sim.run(long, replications=1, jobs=1)


def test_memory_that_is_free_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < memory.available() < float("inf")
    monkeypatch.setattr(memory, "GROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN_GROUPS", tmp_path / "cgroup")
    (tmp_path / "cgroup").write_text("0::/jobs/mine\n9:memory:/user\n8:pids:/other\n")
    for folder, name in (
        ("jobs/mine", "memory.max"),
        ("jobs", "memory.max"),
        ("memory/user", "memory.limit_in_bytes"),
        ("memory", "memory.limit_in_bytes"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        limit, used = tmp_path / folder / name, tmp_path / folder / "memory.stat"
        limit.write_text("4096\n")
        assert memory.available() == 4096.0
        used.write_text("cache 5\nanon 96\n" if name == "memory.max" else "rss 5\ntotal_rss 96\n")
        assert memory.available() == 4000.0
        used.unlink()
        limit.write_text("max\n")
        assert memory.available() > 4096.0
    monkeypatch.setattr(memory, "FREE", tmp_path / "nowhere")
    assert memory.available() > 4096.0


def test_chunks_hold_every_replication_once_and_are_bounded() -> None:
    scenario = curbed()
    compiled = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=1, replications=4)
    tasks = [(compiled, range(1, 100)), (compiled, [3, 7])]
    for workers, size in ((1, 1), (2, 1), (16, 1), (2, memory.CHUNK_BYTES), (2, 10 * memory.CHUNK_BYTES)):
        pieces = chunks(tasks, workers, size)
        assert sorted(n for place, numbers in pieces if place == 0 for n in numbers) == list(range(1, 100))
        assert [n for place, numbers in pieces if place == 1 for n in numbers] == [3, 7]
        assert max(len(numbers) for _, numbers in pieces) <= max(1, memory.CHUNK_BYTES // size)


def test_ctrl_c_never_comes_in_the_middle_of_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """While futures were waited for it left their locks held, so that the pool never ended."""
    wait, reached = parallel.wait, []

    def interrupted(*given: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(True)
        return wait(*given)

    monkeypatch.setattr(parallel, "wait", interrupted)
    scenario = curbed()
    compiled = CompiledScenario(scenario=scenario, baseline=scenario.baseline(), seed=1, replications=40)
    outcomes, stopped = run_all(compiled, RunOptions(jobs=2))
    assert stopped and len(reached) == 1
    assert 0 < len(outcomes) < 40
    assert forked() == []


def test_memory_that_runs_out_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full() -> None:
        raise MemoryError

    monkeypatch.setattr(command, "app", full)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("memory is full; write fewer --replications")
