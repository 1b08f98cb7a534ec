"""Every public name and keyword of version 0.1 warns, names the new one and gives the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import pandas as pd
import pytest

import sim
from sim.deprecated import DEPRECATED
from tests.experiments.test_calibration import GRANT, SHIPPED, write_case
from tests.runner.test_replications import curbed
from tests.worlds import uncertain_chain as world

EDGES = pd.DataFrame({"supplier": ["mine"], "buyer": ["maker"]})
AXES: dict[str, Any] = {
    "stock": {"facilities.*.stocks.*.cover": ["30 days"]},
    "delay": {"regimes.individual.lot": ["30 days"]},
}
FEW: dict[str, Any] = {"replications": 2, "jobs": 1}
SOME: dict[str, Any] = {"replications": 8, "jobs": 1}
STRUCTURED = {"model.switching": [0, 1]}
PLACES = pd.MultiIndex.from_tuples([("JP", "mine"), ("KR", "plant")])
TABLE = SimpleNamespace(
    Z=pd.DataFrame([[0.0, 365.0], [0.0, 0.0]], PLACES, PLACES), Y=pd.DataFrame({"KR": [0.0, 730.0]}, PLACES)
)

# what each old name is called with, and the same by its new name
OLD: dict[str, tuple[Callable[[Any], Any], Callable[[], Any]]] = {
    "generate_network": (
        lambda f: f(40, tiers=2, materials=4),
        lambda: sim.importers.generate(40, tiers=2, materials=4),
    ),
    "names": (lambda f: f(), lambda: sim.scenarios()),
    "network_from_edges": (lambda f: f(EDGES), lambda: sim.importers.from_edges(EDGES)),
    "network_from_graph": (
        lambda f: f(nx.DiGraph([("mine", "maker")])),
        lambda: sim.importers.from_graph(nx.DiGraph([("mine", "maker")])),
    ),
    "network_from_table": (
        lambda f: f(TABLE),
        lambda: sim.importers.from_input_output(TABLE),
    ),
    "rests_on": (lambda f: f(drawn()), lambda: sim.importance(drawn(), by="grade")),
    "roles_table": (lambda f: f(curbed(), **FEW), lambda: sim.roles(curbed(), **FEW)),
    "stop_threshold": (
        lambda f: f(curbed(), **AXES, **FEW),
        lambda: sim.threshold(curbed(), **AXES, **FEW),
    ),
    "structure_ranges": (lambda f: f(structured()), lambda: sim.structure(structured())),
    "structure_shares": (lambda f: f(structured()), lambda: sim.structure(structured(), by="choice")),
}
# what each function that has old keywords is called with beside them, on a case with observed figures
CALLS: dict[str, Callable[..., Any]] = {
    "calibrate": lambda f, case, **k: f(case, points=64, waves=1, jobs=1, **k),
    "compare": lambda f, case, **k: f(case, case, **SOME, **k),
    "hindcast": lambda f, case, **k: f(case, **SOME, **k),
    "identify": lambda f, case, **k: f(case, case, **SOME, **k),
    "roles": lambda f, case, **k: f(case, **SOME, **k),
    "run": lambda f, case, **k: f(case, **SOME, **k),
    "sensitivity": lambda f, case, **k: f(case, method="morris", points=4, jobs=1, **k),
    "sweep": lambda f, case, **k: f(case, {"regimes.individual.lot": ["10 days", "20 days"]}, **SOME, **k),
    "threshold": lambda f, case, **k: f(case, **AXES, **SOME, **k),
}


def drawn() -> sim.Result:
    return sim.run(world(), replications=20, jobs=1)


def structured() -> sim.Result:
    return sim.run(curbed(), replications=4, jobs=1, structure=STRUCTURED)


def text(value: Any) -> str:
    return value.to_csv() if isinstance(value, pd.DataFrame) else getattr(value, "hash", None) or repr(value)


def names() -> list[str]:
    return [name for name in DEPRECATED if not name.endswith("=")]


def test_the_table_is_whole() -> None:
    """Every old name has its call, and every function with the new keyword takes the old one."""
    assert set(OLD) == set(names())
    assert not set(names()) & set(sim.__all__)
    taking = {
        name
        for name in sim.__all__
        if inspect.isfunction(getattr(sim, name))
        and "checkpoint" in inspect.signature(getattr(sim, name)).parameters
    }
    assert set(CALLS) == taking


@pytest.mark.parametrize("name", names())
def test_an_old_name_warns_and_gives_what_the_new_one_does(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"^sim.{name} goes after version 0.2; write sim.") as told:
        function = getattr(sim, name)
    assert str(told[0].message).endswith(f"write sim.{DEPRECATED[name]}")
    assert told[0].filename == __file__
    old, new = OLD[name]
    assert text(old(function)) == text(new())


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    figures = {"grant": GRANT | {"observed": 40}, "shipped": SHIPPED | {"observed": 100}}
    return sim.load(write_case(tmp_path_factory.mktemp("case"), figures))


@pytest.mark.filterwarnings("ignore::sim.errors.PartialRunWarning")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("keyword", [name.removesuffix("=") for name in DEPRECATED if name.endswith("=")])
def test_an_old_keyword_warns_and_does_what_the_new_one_does(
    name: str, keyword: str, case: sim.Scenario, tmp_path: Path
) -> None:
    """What is finished of a stopped call is found in the folder by either keyword."""
    function, new = getattr(sim, name), DEPRECATED[f"{keyword}="].removesuffix("=")
    done: list[int] = []

    def stop(count: int) -> None:
        done.append(count)
        if sum(done) > 4:
            raise KeyboardInterrupt

    with pytest.warns(DeprecationWarning, match=f"^{keyword}= of {name} goes .* write {new}=$") as told:
        with suppress(KeyboardInterrupt):
            CALLS[name](function, case, progress=stop, **{keyword: tmp_path})
    assert told[0].filename == __file__
    (kept,) = tmp_path.glob(".unfinished/*")
    with suppress(KeyboardInterrupt):
        done.clear()
        CALLS[name](function, case, progress=stop, **{new: tmp_path})
    assert done[0] > 1  # comes at once: the new keyword goes on with it
    assert kept in tmp_path.glob(".unfinished/*")
    with pytest.raises(TypeError, match="unexpected keyword argument 'kept'"):
        CALLS[name](function, case, kept=tmp_path)


@pytest.mark.parametrize(
    "call", [lambda: sim.load("hf_only", written="here"), lambda: world().with_({}, written="here")]
)
def test_a_keyword_that_nothing_replaces_warns_and_is_left_out(call: Callable[[], Any]) -> None:
    with pytest.warns(
        DeprecationWarning, match="^written= of .* does nothing and goes after version 0.2: messages"
    ) as told:
        call()
    assert told[0].filename == __file__


def test_a_keyword_that_does_nothing_any_more_says_so() -> None:
    with pytest.warns(
        DeprecationWarning, match="^columns= of run does nothing .* runs are paired by path$"
    ) as told:
        result = sim.run(curbed(), columns=("a", "b"), **FEW)
    assert told[0].filename == __file__
    assert (result.arrays["process"] == sim.run(curbed(), **FEW).arrays["process"]).any()
