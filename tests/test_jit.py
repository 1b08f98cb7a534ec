"""The cache of compiled code goes stale with every source that it was made from."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType

from sim import jit, randomness
from sim.engine.daystep import kernel


def test_the_compiled_function_closes_over_the_digest_of_its_sources() -> None:
    for step, whole in ((kernel.run_days, True), (kernel.run_stage, False)):
        cells = inspect.getclosurevars(step.function.py_func).nonlocals
        assert cells == {"digest": jit.source_digest(), "whole": whole}
    assert jit.source_digest() < 0


def test_every_module_of_the_day_step_is_in_the_digest() -> None:
    sources = set(jit.sources())
    for module in (kernel, randomness, *steps()):
        assert Path(inspect.getfile(module)) in sources
    assert Path(jit.__file__) in sources


def steps() -> set[ModuleType]:
    """Return the modules of all compiled functions that a day enters, however deep."""
    modules: set[ModuleType] = set()
    waiting = [kernel.run_days.function.py_func]
    while waiting:
        names = inspect.getclosurevars(waiting.pop())
        for value in (*names.globals.values(), *names.nonlocals.values()):
            function = getattr(value, "py_func", None)
            if function is not None and sys.modules[function.__module__] not in modules:
                modules.add(sys.modules[function.__module__])
                waiting.append(function)
    return modules


def test_sources_are_found_in_any_package(tmp_path: Path) -> None:
    package = tmp_path / "sim"
    (package / "steps").mkdir(parents=True)
    texts = {
        "steps/day.py": "from sim.steps import rows\nfrom sim.names import (\n    A,\n    B,\n)\n@step\ndef day(): ...\n",
        "steps/rows.py": "A = 1\n",
        "names.py": "from sim.far import C\n",
        "far.py": "C = 1\n",
        "text.py": "from sim.names import A\n",
    }
    for name, text in texts.items():
        (package / name).write_text(text, encoding="utf-8")
    names = {path.relative_to(package).as_posix() for path in jit.sources(package)}
    assert names == {"steps/day.py", "steps/rows.py", "names.py"}
