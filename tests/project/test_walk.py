"""The walk of a value (docs/walk.md) names files and functions that exist."""

from __future__ import annotations

import re

from tests.project.imports import ROOT

ROW = re.compile(r"\| (\d+) \| `([\w/]+\.py)` \| (.+?) \|")


def test_the_walk_names_files_and_functions_that_exist() -> None:
    text = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
    rows = ROW.findall(text)
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1))
    assert f"\n{len(rows)} files, where there were" in text
    for _, file, functions in rows:
        source = (ROOT / "sim" / file).read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", functions):
            assert re.search(rf"(def|class) {name}\b|^ *{name},|\b{name},", source, re.M), (file, name)
