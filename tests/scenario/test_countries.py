"""Countries as people write them are the same countries, wherever one stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario import check, from_tree
from sim.scenario.scenario import EXAMPLE
from sim.scenario.schema.countries import country_code
from sim.scenario.selection import select


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("KR", ["KR", "KOR", "410", "South Korea", "Korea", "Republic of Korea", "korea, republic of", "kr"]),
        ("JP", ["JP", "JPN", "392", "Japan", " Japan "]),
        ("AU", ["AU", "AUS", "036", "36", "36.0", "Australia"]),
        ("GB", ["GB", "GBR", "UK", "826", "United Kingdom", "Great Britain"]),
        ("TW", ["TW", "TWN", "158", "Taiwan", "Chinese Taipei"]),
        ("XX", ["XX"]),
        (None, ["", "reg1", "Asia", "ROW", "XXX", "999", "K*", "4100"]),
    ],
)
def test_what_people_write_is_one_country(code: str | None, written: list[str]) -> None:
    assert [country_code(text) for text in written] == [code] * len(written)


def world(**changes: Any) -> Any:
    return from_tree(EXAMPLE, changes=changes)


def test_every_place_of_a_country_takes_every_form() -> None:
    embargo = {"kind": "embargo", "date": "2019-02-01", "source": "estimate"}
    given = world(
        **{
            "firms.maker.country": "Japan",
            "facilities.plant.country": 392,
            "facilities.line.country": "KOR",
            "events.cut": {**embargo, "select": {"from": ["JPN"], "to": 410, "country": "South Korea"}},
            "events.slow": {
                "kind": "travel",
                "date": "2019-02-01",
                "between": ["JPN", "410"],
                "factor": 2,
                "source": "estimate",
            },
        }
    )
    document = given.document
    assert [place.country for place in document.facilities.values()] == ["JP", "KR"]
    assert document.firms["maker"].country == "JP" and document.events["slow"].between == ("JP", "KR")
    assert select(document, "links", document.events["cut"].select) == ("acid",)


def test_what_is_no_country_is_told_with_what_to_write() -> None:
    with pytest.raises(
        ScenarioError, match="'Atlantis' is not a country code; write two capital letters.*KOR, 410"
    ):
        world(**{"facilities.plant.country": "Atlantis"})
    with pytest.raises(ScenarioError, match="offices.JPN: unknown country with a facility 'JPN'; write JP$"):
        world(**{"offices.JPN": {"examiners": 2, "source": "estimate"}})


def test_two_letters_need_no_list_of_countries() -> None:
    """To check a file of two letters imports no list of countries, which would take longer than the check."""
    code = "import sys; from sim.scenario import check; assert check(['curbs_2019']) == []; print('pycountry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_letters_in_two_parts_are_one_name_in_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.yaml").write_text(
        "format: 1\nextends: korea_2019\nmeta: {name: w}\nevents:\n  cut: {kind: embargo, date: 2019-07-04, "
        "source: estimate, select: {facility: M\u0075\u0308ller}}\n",
        encoding="utf-8",
    )
    assert "'M\u00fcller'" in str(check(["w.yaml"])[0])
