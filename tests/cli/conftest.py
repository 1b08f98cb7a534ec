"""What the tests of the command share."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.worlds import chain, event


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder, with a space in its path, that holds one small scenario."""
    place = tmp_path / "my work"
    place.mkdir()
    tree = chain(
        run={"end": "2020-03-31", "replications": 4, "seed": 5},
        events={"cut": event("embargo", role="treatment", until="2019-12-31")},
        variants={"short": {"events": {"cut": {"until": "2019-08-01"}}}},
    )
    with (place / "small.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)
    return place
