"""Wrong arguments of public functions are told in words: which one, what is wrong, what to write."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli.options import parse_changes, parse_grid
from sim.errors import CurbsimError
from sim.results.headline import horizon_days
from tests.worlds import COVER, uncertain_chain

AXES: dict[str, Any] = {"stock": {COVER: ["9 days"]}, "delay": {"events.cut.until": ["2019-11-01"]}}
# what each experiment is called with beside the options that all share
CALLS: dict[str, Callable[..., Any]] = {
    "run": lambda **k: sim.run(uncertain_chain(), **k),
    "compare": lambda **k: sim.compare(uncertain_chain(), uncertain_chain(), **k),
    "sweep": lambda **k: sim.sweep(uncertain_chain(), {COVER: ["9 days", "12 days"]}, **k),
    "threshold": lambda **k: sim.threshold(uncertain_chain(), **AXES, **k),
    "roles": lambda **k: sim.roles(uncertain_chain(), **k),
    "hindcast": lambda **k: sim.hindcast(**k),
    "identify": lambda **k: sim.identify("embargo_hf", **k),
}
WRONG = [
    ({"replications": 1.5}, "replications is 1.5; write a whole number, such as 200"),
    ({"replications": "10"}, "replications is '10'; write a whole number without quotes, such as 200"),
    ({"replications": True}, "replications is True; write a whole number"),
    ({"replications": 0}, "replications is 0; write 1 or more"),
    ({"replications": -1}, "replications is -1; write 1 or more"),
    ({"replications": 10**7}, "replications is 10,000,000; write at most 1,000,000"),
    ({"seed": "a"}, "seed is 'a'; write a whole number without quotes, such as 7"),
    ({"seed": -1}, "seed is -1; write 0 or more"),
    ({"seed": 1.0}, "seed is 1.0; write a whole number"),
    ({"jobs": 0}, "jobs is 0; write 1 or more"),
    ({"jobs": 2.5}, "jobs is 2.5; write a whole number, such as 2"),
    ({"jobs": True}, "jobs is True; write a whole number"),
    ({"jobs": "two"}, "'two' is not the address of a cluster"),
    ({"progress": 3}, "progress is 3; write a function, or leave it out"),
    ({"checkpoint": 3}, "checkpoint is 3; write the folder of run folders"),
    ({"replication": 3}, "unexpected keyword argument 'replication'; did you mean replications="),
]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("options", "words"), WRONG, ids=str)
def test_wrong_options_of_experiments_are_told(name: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CurbsimError, match=words):
        CALLS[name](**{"replications": 2, "jobs": 1, **options})


@pytest.fixture(scope="module")
def result() -> sim.Result:
    return sim.run(uncertain_chain(), replications=2, jobs=1)


OTHERS: list[tuple[Callable[[sim.Result], Any], str]] = [
    (lambda r: sim.run(uncertain_chain(), uncertainty="no"), "uncertainty is 'no'; write True or False"),
    (
        lambda r: sim.run(uncertain_chain(), precision="0.1"),
        "precision is '0.1'; write a share between 0 and 1",
    ),
    (lambda r: sim.run(uncertain_chain(), structure="yes"), "structure is 'yes'; write values by path"),
    (
        lambda r: sim.run(uncertain_chain(), processes=print),
        "which is not a list; write your functions in brackets",
    ),
    (lambda r: sim.run(r), "run takes a scenario, not <Result"),
    (lambda r: sim.run(None), "run takes a scenario, not None; write its name, its path or sim.load"),
    (lambda r: sim.run("curbs_2091"), "there is no scenario 'curbs_2091'; did you mean 'curbs_2019'?"),
    (lambda r: sim.load("curbs_2091"), "did you mean 'curbs_2019'?"),
    (lambda r: sim.load(3), "load takes a name or a path, not 3"),
    (lambda r: sim.load("curbs_2019", changes=[1]), "changes is .1.; write values by path"),
    (lambda r: uncertain_chain().with_("run.seed"), "with_ is 'run.seed'; write values by path"),
    (lambda r: uncertain_chain().with_({"run.sede": 7}), "'run.sede' matches nothing; did you mean 'seed'?"),
    (
        lambda r: sim.compare([uncertain_chain(), uncertain_chain()], r.scenario),
        "compare takes a scenario, not",
    ),
    (lambda r: sim.compare([uncertain_chain(), uncertain_chain()]), "without brackets: compare.a, b."),
    (lambda r: sim.sweep(uncertain_chain(), {COVER: "9 days"}), "has '9 days', which is not a list; write"),
    (lambda r: sim.sweep(uncertain_chain(), [COVER]), "vary is .*; write values by path"),
    (lambda r: sim.sensitivity(uncertain_chain(), "links.*"), "which is not a list; write"),
    (lambda r: sim.sensitivity(uncertain_chain(), points=2.5), "points is 2.5; write a whole number"),
    (
        lambda r: sim.sensitivity(uncertain_chain(), method="sobl"),
        "unknown method 'sobl'; did you mean 'sobol'?",
    ),
    (lambda r: sim.calibrate(points=10.5), "points is 10.5; write a whole number"),
    (lambda r: sim.calibrate(waves=0), "waves is 0; write 1 or more"),
    (lambda r: sim.structure(r, by="proces"), "unknown value of by 'proces'; did you mean 'process'?"),
    (lambda r: sim.structure("curbs_2019"), "structure takes a result, not 'curbs_2019'"),
    (lambda r: sim.importance(uncertain_chain()), "importance takes a result, not <Scenario"),
    (lambda r: sim.importance(r, by="grad"), "unknown value of by 'grad'; did you mean 'grade'?"),
    (lambda r: r.values("nope"), "unknown group 'nope'; write one of process, stock, demand"),
    (lambda r: r.values("lost_days"), "'lost_days' is a measure; write values.'process', 'lost_days'."),
    (lambda r: r.values("process"), "which measure of 'process'. write for example values.'process', "),
    (
        lambda r: r.values("process", "lost_day"),
        "'process' has no measure 'lost_day'; did you mean 'lost_days'?",
    ),
    (lambda r: r.values("process", "minimum_cover"), "write values.'stock', 'minimum_cover'."),
    (
        lambda r: r.values("stock", "minimum_cover", "line/acidd"),
        "unknown stock 'line/acidd'; did you mean 'line/acid'?",
    ),
    (lambda r: r.table("nope"), "there is no table 'nope'; known are 'demand'"),
    (lambda r: r.table("productions"), "did you mean 'production'?"),
    (
        lambda r: r.save("runs", formats=("xlsx",)),
        "'xlsx' is not a format of tables; write one or more of csv",
    ),
    (lambda r: sim.compare(r, r).table("lost_day"), "has no measure 'lost_day'; did you mean 'lost_days'?"),
    (lambda r: sim.importers.from_edges([("a", "b")]), "edges takes a path or a DataFrame, not"),
    (
        lambda r: sim.importers.from_edges(pd.DataFrame({"supplier": ["a", None], "buyer": ["b", "c"]})),
        "edges:2:supplier: the supplier is empty",
    ),
    (lambda r: sim.plots.cover(r.scenario), "cover takes a result, not <Scenario"),
    (lambda r: sim.plots.spread(result=3), "spread takes a result, not 3"),
    (lambda r: sim.plots.save_all(3, "x", r.scenario), "save_all takes a result, not 3"),
    (lambda r: sim.plots.save(r, "x"), "save takes a figure, not <Result"),
    (lambda r: sim.plots.observed(r), "observed takes a scenario, not <Result"),
    (lambda r: sim.plots.swept(r), "swept takes a sweep, not .*; write what sim.sweep returns"),
    (lambda r: sim.plots.hindcast(r), "hindcast takes a hindcast, not .*; write what sim.hindcast returns"),
    (lambda r: sim.plots.sensitivity(r), "write what sim.sensitivity returns"),
    (
        lambda r: sim.plots.importance(r),
        "importance takes a table, not .*; write what sim.importance returns",
    ),
    (lambda r: sim.plots.stop_contours(r), "write what sim.threshold returns"),
    (lambda r: sim.plots.cover(r, material="Acid"), "unknown material 'Acid'; did you mean 'acid'?"),
    (lambda r: sim.plots.cover(r, facility="lin"), "unknown facility 'lin'; did you mean 'line'?"),
    (lambda r: r.values(), "values: missing a required argument: 'group'; write a group and a measure"),
    (lambda r: r.table(), "table: missing .*; write one of production, stocks"),
    (lambda r: r.scenario.with_(cover="9 days"), "with_: .*; write values by path"),
    (lambda r: r.headline(10), "headline: too many .*; write headline.. for all rows, headline...head.10."),
    (lambda r: sim.run(uncertain_chain(), horizons=["31.12.2019"]), "horizons: '31.12.2019' is no date"),
    (lambda r: sim.read(3), "read takes the path of a run folder, not 3"),
    (lambda r: sim.read("no/such/folder"), "write the path of a run folder"),
]


@pytest.mark.parametrize("number", range(len(OTHERS)))
def test_wrong_arguments_are_told(number: int, result: sim.Result) -> None:
    call, words = OTHERS[number]
    with pytest.raises(CurbsimError, match=words):
        call(result)


def test_a_number_of_numpy_is_a_number(result: sim.Result) -> None:
    made = sim.run(uncertain_chain(), replications=np.int64(2), seed=np.uint8(1), jobs=np.int32(1))
    assert made.summary().equals(result.summary())
    assert type(made.manifest["seed"]) is int


@pytest.mark.parametrize(
    "one",
    ["2019-12-30", datetime.date(2019, 12, 30), pd.Timestamp("2019-12-30"), pd.DatetimeIndex(["2019-12-30"])],
    ids=str,
)
def test_a_horizon_is_a_date_of_any_kind(one: Any) -> None:
    run = uncertain_chain().document.run
    assert horizon_days(run, one) == horizon_days(run, ["2019-12-30"]) != ()
    assert len(horizon_days(run, "2019-12-29, 2019-12-30")) == 2


def test_a_scenario_is_taken_by_name_and_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(uncertain_chain().to_yaml())
    assert sim.run(file, replications=1, jobs=1).scenario.hash == uncertain_chain().hash
    assert sim.run("embargo_hf", replications=1, jobs=1).name == "embargo_hf"
    named = sim.sweep(str(file), {COVER: ["9 days", "12 days"]}, replications=1, jobs=1)
    assert named.table().equals(
        sim.sweep(uncertain_chain(), {COVER: ["9 days", "12 days"]}, replications=1, jobs=1).table()
    )
    assert sim.roles(file, replications=1, jobs=1).equals(
        sim.roles(uncertain_chain(), replications=1, jobs=1)
    )
    assert len(sim.threshold(file, **AXES, replications=1, jobs=1)) == 1
    assert sim.sensitivity(file, method="morris", points=2, jobs=1).title == uncertain_chain().title


def test_one_name_is_checked_as_one_name() -> None:
    assert sim.check("embargo_hf") == []
    assert "there is no scenario 'embargo_hg'" in str(sim.check("embargo_hg")[0])


def test_values_with_semicolons_are_told() -> None:
    with pytest.raises(CurbsimError, match="is one value; write commas between values, .*=20 days,40 days"):
        parse_grid([f"{COVER}=20 days;40 days"])


def test_factors_with_a_star_are_read_on_the_command_line() -> None:
    assert parse_changes([f"{COVER}=* 1.2"]) == {COVER: "* 1.2"}
    assert parse_grid([f"{COVER}=* 0.5, *1.2,30 days"]) == {COVER: ["* 0.5", "*1.2", "30 days"]}
    start = uncertain_chain()
    assert start.with_({COVER: "* 1.2"}).tree == start.with_({COVER: "x 1.2"}).tree


def test_headers_with_blanks_stand_in_quotes_in_commands() -> None:
    with pytest.raises(CurbsimError, match='write --map "supplier=Supplier Nam"'):
        sim.importers.from_edges(pd.DataFrame({"Supplier Nam": ["a"], "buyer": ["b"]}))
