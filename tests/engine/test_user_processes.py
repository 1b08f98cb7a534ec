"""Processes that users bring: the same numbers under every executor, and a hash that sees their code."""

from __future__ import annotations

import functools
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simpy

import sim
from sim.engine.user_processes import UserProcesses, digest
from sim.errors import CurbsimError
from tests.engine.audit import Auditor
from tests.runs import prepare
from tests.worlds import START, Tree, date, event, one_plant

FIELDS = ("starts", "output", "finished", "stock", "order", "shipped", "served", "unmet")


def strike(env: Any, world: Any) -> Any:
    """Stop a plant on day 10 until a random end."""
    yield world.until(10)
    world.set_capacity("plant/x", "strike", 0.0)
    yield env.timeout(world.draw({"mean": "12 days", "cv": 0.5}, "strike/end"))
    world.set_capacity("plant/x", "strike", None)
    world.note("strike")


def quake(env: Any, world: Any) -> Any:
    """Be the built-in outage of the same name."""
    yield world.until(world.day_of(date(10)))
    world.set_capacity("source/m", "quake", 0.2)
    end = env.now + world.draw({"mean": "8 days", "cv": 0.5}, "duration/quake")
    yield world.until(end, ending=True)
    for day in range(1, 6):
        world.set_capacity("source/m", "quake", 0.2 + (1.0 - 0.2) * day / 6)
        yield world.until(end + day)
    world.set_capacity("source/m", "quake", None)


def bitwise(document: Tree, other: Tree, own: Any, replication: int) -> None:
    built_in = prepare(document).run(90, replication=replication).run
    rewritten = prepare(other).run(90, replication=replication, processes=own).run
    assert built_in.records.output.std() > 0.0
    for name in FIELDS:
        assert np.array_equal(getattr(built_in.records, name), getattr(rewritten.records, name)), name


@pytest.mark.parametrize("replication", range(5))
def test_a_built_in_kind_rewritten_gives_the_same_numbers_bitwise(replication: int) -> None:
    fields = {"remaining": 0.2, "duration": {"mean": "8 days", "cv": 0.5}, "recovery": "6 days"}
    events = {"quake": event("outage", 10, {"facility": "source"}, **fields)}
    bitwise(one_plant(cover=3.0, events=events), one_plant(cover=3.0), (quake,), replication)


def scenario(tmp_path: Path, tree: Tree) -> Any:
    from ruamel.yaml import YAML

    path = tmp_path / "own.yaml"
    with path.open("w") as file:
        YAML().dump(tree, file)
    return sim.load(path)


def noisy() -> Tree:
    return one_plant(cover=4.0, headroom=0.2, demand_fields={"noise": {"law": "gamma", "cv": 0.2}})


def test_own_processes_run_under_every_executor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    level = 0.5

    def slow(env: Any, world: Any) -> Any:
        """Refer to a name outside: only cloudpickle takes it along."""
        yield world.until(20)
        world.set_demand("x", "slow", level)

    copied = scenario(tmp_path, noisy())
    options: dict[str, Any] = {"replications": 4, "processes": [strike, slow]}
    serial = sim.run(copied, jobs=1, **options)
    forked = sim.run(copied, jobs=2, **options)
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    spawned = sim.run(copied, jobs=2, **options)
    for name, values in serial.arrays.items():
        assert np.array_equal(values, forked.arrays[name], equal_nan=True), name
        assert np.array_equal(values, spawned.arrays[name], equal_nan=True), name
    assert serial.values("process", "lost_days").max() > 0.0
    assert len(set(serial.values("process", "lost_days")[:, 0])) == 4
    assert serial.folder_name == spawned.folder_name


def test_hash_of_the_run_covers_the_code(tmp_path: Path) -> None:
    copied = scenario(tmp_path, one_plant())

    def after(days: int) -> Any:
        def stop(env: Any, world: Any) -> Any:
            yield world.until(days)

        return stop

    plain = sim.run(copied, replications=1, jobs=1)
    first, second, again = (sim.run(copied, replications=1, jobs=1, processes=[after(n)]) for n in (5, 6, 5))
    assert plain.manifest["processes"] == []
    assert first.manifest["processes"][0].startswith("stop ")
    assert first.folder_name == again.folder_name
    assert len({plain.folder_name, first.folder_name, second.folder_name}) == 3
    assert digest(functools.partial(strike, 1)) != digest(functools.partial(strike, 2)) != digest(strike)


def test_own_processes_leave_the_baseline_alone(tmp_path: Path) -> None:
    result = sim.run(scenario(tmp_path, one_plant(cover=1.0)), replications=2, jobs=1, processes=[strike])
    assert (result.values("process", "lost_days")[:, 0] > 1.0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda w: w.stock("plant/n"), "unknown stock 'plant/n'; did you mean 'plant/m'"),
        (lambda w: w.credit("m/sorce-plant"), "unknown link .* did you mean 'm/source-plant'"),
        (lambda w: w.set_capacity("plant/y", "me", 0.5), "unknown process .* did you mean 'plant/x'"),
        (lambda w: w.set_demand("y", "me", 0.5), "unknown demand 'y'; known are 'x'"),
        (lambda w: w.set_regime("m/source-plant", "me", "embargoo"), "did you mean 'embargo'"),
        (lambda w: w.grant("m/source-plant", 1.0), "needs no licence now"),
        (lambda w: w.set_capacity("plant/x", "me", 10), "'10' may be .*; write '10 %' or '1000 %'"),
        (lambda w: w.set_demand(w.demands[0], "me", 35), "write '35 %' or '3500 %'"),
        (lambda w: w.env.timeout("30 days"), r"wrong, line \d+: .*; write env.timeout\(30\): days as a num"),
        (lambda w: w.env.timeout("2 weeks"), r"write env.timeout\(14\): days as a number"),
        (lambda w: w.env.timeout(-3), r"env.timeout\(-3\) is no wait; write env.timeout\(0\) or more"),
    ],
)
def test_unknown_names_are_told_with_the_nearest_known_one(call: Any, message: str) -> None:
    def wrong(env: Any, world: Any) -> Any:
        yield world.until(1)
        call(world)

    prepared = prepare(one_plant())
    with pytest.raises(CurbsimError, match=message):
        prepared.run(3, processes=(wrong,))


@pytest.mark.parametrize(
    ("yielded", "message"),
    [
        (5, r"^wrong, line \d+: yields '5', which is no event; write yield env.timeout\(5\) to wait"),
        ("2019-09-01", r"yields '2019-09-01', which is no event; write yield world.until\(\"2019-09-01\"\)"),
        (None, "yields nothing, which is no event; write yield env.timeout"),
    ],
)
def test_what_is_no_event_cannot_be_waited_for(tmp_path: Path, yielded: object, message: str) -> None:
    def wrong(env: Any, world: Any) -> Any:
        yield world.until(1)
        yield yielded

    with pytest.raises(CurbsimError, match=message):
        sim.run(scenario(tmp_path, one_plant()), replications=2, jobs=2, processes=[wrong])


def test_interrupts_and_failures_reach_the_process(tmp_path: Path) -> None:
    seen = []

    def inner(env: Any, world: Any) -> Any:
        try:
            yield env.timeout(50)
        except simpy.Interrupt as interrupt:
            seen.append((env.now, interrupt.cause))
        yield env.timeout(1)
        return 7

    def outer(env: Any, world: Any) -> Any:
        process = env.process(inner(env, world))
        yield world.until(3)
        process.interrupt("enough")
        seen.append((yield process))
        try:
            yield env.event().fail(ValueError("lost"))
        except ValueError as error:
            seen.append(str(error))

    sim.run(scenario(tmp_path, one_plant()), replications=1, jobs=1, processes=[outer])
    assert seen == [(3.0, "enough"), 7, "lost"]


def test_comparison_with_and_without_a_process(tmp_path: Path) -> None:
    copied = scenario(tmp_path, noisy())
    options: dict[str, Any] = {"replications": 3, "jobs": 1}
    table = sim.compare(copied, copied, processes=[[], [strike]], **options).table()
    alone = sim.run(copied, processes=[strike], **options).values("process", "lost_days", "plant/x")
    row = table[table["who"] == "plant/x"].iloc[0]
    assert row["scenario"] == "test: with strike"
    assert row["first"] == 0.0
    assert row["second"] == row["difference"] == pytest.approx(alone.mean())
    both = sim.compare(copied, copied, processes=[strike], **options)
    assert (both.table()["difference"] == 0.0).all()
    assert both.table()["first"].iloc[0] == row["second"]
    grid = sim.sweep(copied, {"model.switching": [0, 1]}, processes=[strike], **options)
    assert all(result.manifest["processes"] for result in grid.results)
    with pytest.raises(CurbsimError, match="3 entries for 2 scenarios; write one list for all, or a list"):
        sim.compare(copied, copied, processes=[[], [strike], []], **options)


def test_a_plain_function_is_refused() -> None:
    with pytest.raises(CurbsimError, match="'int' is not a generator function; write def f"):
        UserProcesses((int,))  # type: ignore[arg-type]
    assert UserProcesses((functools.partial(strike),)).digests[0].startswith("strike ")


def test_the_world_is_read_and_written_by_name() -> None:
    link, seen = "m/source-plant", {}

    def curb(env: Any, world: Any) -> Any:
        yield world.until(START.replace(day=6))
        seen["before"] = (
            world.stock("plant/m"),
            world.cover("plant/m"),
            world.credit(link),
            world.regime(link),
        )
        world.set_regime(link, "me", "embargo")
        yield world.until(8)
        world.grant(link, 2.5)
        yield world.until(20)
        seen["after"] = (world.credit(link), world.transit("plant/m"), world.shipped(link))
        world.set_regime(link, "me", None)
        yield world.cover_below("plant/m", 100)
        seen["end"] = (world.regime(link), env.now, world.output("plant/x"), world.finished("plant/x"))
        world.buy(link, 3.0)
        world.set_cover("plant/m", 5.0)

    prepared = prepare(one_plant(cover=30.0, lead=5.0, supplier_headroom=2.0))
    run = prepared.run(60, processes=(curb,), audit=Auditor()).run
    assert seen["before"][:3] == (30.0, 30.0, float("inf"))
    assert seen["after"] == (0.0, 0.0, 0.0)
    assert seen["end"][1] == 21.0
    assert run.records.shipped[5:20].sum() == pytest.approx(2.5)
    assert run.records.stock[-1, 0] < 12.0


def test_the_worked_example_of_the_reference_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "scenarios" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "chain.yaml").write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code = text.split("```python\n")[1].split("```")[0].replace('"chain"', '"chain.yaml"')
    names: dict[str, Any] = {}
    exec(code.replace("processes=[strike]", "processes=[strike], replications=2, jobs=1"), names)
    assert names["result"].manifest["processes"][0].startswith("strike ")
    assert names["result"].values("process", "lost_days_gross").max() > 1.0
