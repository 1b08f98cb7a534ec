"""The cache of compiled code goes stale with every source that it was made from."""

from __future__ import annotations

import inspect
from pathlib import Path

from sim.engine import compiled, kernel


def test_the_compiled_function_closes_over_the_digest_of_its_sources() -> None:
    for step, whole in ((kernel.run_days, True), (kernel.run_stage, False)):
        cells = inspect.getclosurevars(step.function.py_func).nonlocals
        assert cells == {"digest": compiled.source_digest(), "whole": whole}
    assert compiled.source_digest() < 0


def test_every_module_with_compiled_steps_is_in_the_digest() -> None:
    folder = Path(compiled.__file__).parent
    with_steps = {
        p.name for p in folder.glob("*.py") if "\n@step" in p.read_text() or "njit" in p.read_text()
    }
    assert with_steps - {"tally.py"} <= set(compiled.SOURCES)  # a tally is compiled by itself
    assert {"rows.py", "records.py", "../randomness.py"} <= set(compiled.SOURCES)
