"""Scenarios, results and experiments are copied and pickled as any other value, and the copy needs no file."""

from __future__ import annotations

import copy
import pickle
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from tests.worlds import COVER, uncertain_chain

FEW: dict[str, Any] = {"replications": 3, "jobs": 1}
MAKERS = {
    "Scenario": lambda: uncertain_chain(),
    "Result": lambda: sim.run(uncertain_chain(), **FEW),
    "Comparison": lambda: sim.compare(uncertain_chain(), uncertain_chain().with_({COVER: "9 days"}), **FEW),
    "Sweep": lambda: sim.sweep(uncertain_chain(), {COVER: ["9 days", "12 days"]}, **FEW),
    "Sensitivity": lambda: sim.sensitivity(uncertain_chain(), points=2, jobs=1),
    "Hindcast": lambda: sim.hindcast(replications=2, jobs=1),
    "Identification": lambda: sim.identify(sim.load("embargo_hf"), replications=32, jobs=1, progress=None),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_copy_is_the_same(kind: str) -> None:
    made = MAKERS[kind]()
    assert type(made).__name__ == kind
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):
        assert repr(again) == repr(made)
        if kind == "Scenario":
            assert again.hash == made.hash and again.to_yaml() == made.to_yaml()
        elif kind == "Result":
            pd.testing.assert_frame_equal(again.summary(), made.summary())
        else:
            assert again._repr_html_() == made._repr_html_()


def test_a_run_with_own_processes_is_pickled() -> None:
    def wait(env: Any, world: Any) -> Any:
        yield env.timeout(1.0)

    result = sim.run(uncertain_chain(), processes=[wait], **FEW)
    assert pickle.loads(pickle.dumps(result)).words() == result.words()


def test_the_copy_of_a_run_that_was_read_needs_no_folder(tmp_path: Path) -> None:
    folder = sim.run(uncertain_chain(), **FEW).save(tmp_path)
    again = pickle.loads(pickle.dumps(sim.read(folder)))
    shutil.rmtree(folder)
    assert again.scenario.hash == uncertain_chain().hash
    assert len(again.table("production"))
