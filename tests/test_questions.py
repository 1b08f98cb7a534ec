"""What results can be asked: by any route to them, in any process, without imports that run up."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import pytest

import sim
from sim import questions
from sim.results.result import Result, read
from sim.scenario import from_tree
from tests.project.test_project import CODE, ROOT
from tests.worlds import cut_chain

OWNERS = (
    "Scenario",
    "Network",
    "Result",
    "Comparison",
    "Sensitivity",
    "Sweep",
    "Hindcast",
    "Calibration",
    "Identification",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sim.run(from_tree(cut_chain(3)), jobs=1).save(tmp_path_factory.mktemp("asked"))


def test_every_question_has_an_answer_and_every_answer_a_question() -> None:
    asked = {
        name for path in CODE for name in re.findall(r'\bask\("([^"]+)"', path.read_text(encoding="utf-8"))
    }
    asked -= {"Result.size"}  # of the example
    assert asked == set(questions.ANSWERS)
    for answer in questions.ANSWERS.values():
        module, _, function = answer.partition(":")
        assert callable(getattr(import_module(module), function))
    for name in questions.ANSWERS:
        owner, _, method = name.partition(".")
        assert owner in OWNERS and method


@pytest.mark.parametrize(
    "route",
    [
        "from sim.results.result import read",
        "from sim import read",
        "import sim; read = sim.read",
        "import importlib; read = importlib.import_module('sim.results.result').read",
    ],
)
def test_a_result_answers_by_every_route(route: str, folder: Path) -> None:
    code = f"{route}\nresult = read({str(folder)!r})\nprint(result.words())\nassert result._repr_html_()"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == read(folder).words()


def words_of(result: Result) -> str:
    return result.words()


def test_a_result_answers_in_a_worker_process(folder: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_read_words, folder).result() == words_of(read(folder))


def _read_words(folder: Path) -> str:
    return words_of(read(folder))


def test_importing_sim_imports_no_answer() -> None:
    code = "import sys, sim; print([name for name in sys.modules if name.startswith('sim.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "['sim.questions']"


def test_a_question_that_nobody_answers_says_where_to_register() -> None:
    with pytest.raises(LookupError, match="nobody answers 'Result.size'; register it in sim/__init__.py"):
        questions.ask("Result.size", None)
