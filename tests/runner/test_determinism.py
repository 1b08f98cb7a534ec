"""The same bytes of every file of numbers in the settings of `make determinism`, all at once."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.determinism import PLAIN, TOGETHER, differing, digests, inputs


def test_settings_of_the_machine_change_no_byte(tmp_path: Path) -> None:
    """Processes, hash seed, time zone, locale without UTF-8, and no docstrings or assertions."""
    words = ["sweep", "small.yaml", "--vary", "model.order_inflation=0,0.5", "--replications", "3"]
    inputs(tmp_path, studies={})
    first = digests(sys.executable, words, tmp_path, PLAIN, tables="")
    assert first and differing(first, digests(sys.executable, words, tmp_path, TOGETHER, tables="")) == []
