"""What the tests of the command share."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.scenario.worlds import chain

TREATED = {
    "kind": "embargo",
    "role": "treatment",
    "date": "2019-07-04",
    "until": "2019-12-31",
    "source": "estimate",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder, with a space in its path, that holds one small scenario."""
    place = tmp_path / "my work"
    place.mkdir()
    tree = chain()
    tree["run"] = {"start": "2019-01-01", "end": "2020-03-31", "replications": 4, "seed": 5}
    material = next(iter(tree["links"].values()))["material"]
    tree["events"] = {"cut": {**TREATED, "select": {"material": material}}}
    tree["variants"] = {"short": {"events": {"cut": {"until": "2019-08-01"}}}}
    with (place / "small.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(tree, file)
    return place
