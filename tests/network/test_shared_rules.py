"""A rule that entries, ranges, tables and compiled networks share exists once: the same words, the same bounds."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.errors import Problem, ScenarioError
from sim.network import Network, compile_network
from sim.network.checks import check_network
from sim.network.large.assumptions import read_tables
from sim.scenario import Scenario, check, from_tree
from sim.scenario.paths import Layer
from sim.scenario.yaml_files import to_yaml
from tests.worlds import Tree, chain

LINK = "acid/plant-line"
STOCK = "facility,material,cover_days\nline,acid,130\n"


def said(act: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return what is wrong and what to write of every mistake that an act is refused for."""
    try:
        act()
    except ScenarioError as error:
        return words(error.problems)
    return []


def words(problems: Any) -> list[tuple[str, str]]:
    return [(problem.wrong, problem.remedy) for problem in problems]


def of_network(scenario: Scenario, change: Callable[[Network], Network]) -> list[Problem]:
    """Return the problems of a compiled network that was changed by itself."""
    place = Layer(scenario.tree, scenario.origins).place
    return check_network(scenario.document, change(compile_network(scenario.document)), place)


def with_cover(network: Network) -> Network:
    cover = network.cover.copy()
    cover[network.stocks.index("line/acid")] = 130.0
    return dataclasses.replace(network, cover=cover)


def with_share(share: float) -> Callable[[Network], Network]:
    def change(network: Network) -> Network:
        shares = np.array(network.arrays.share)
        shares[network.links.index(LINK)] = share
        return dataclasses.replace(network, arrays=network.arrays._replace(share=shares))

    return change


def world_with_share(share: float) -> Tree:
    tree = chain()
    tree["links"][LINK]["share"] = share
    return tree


def table_with_share(share: float) -> None:
    firms = pd.DataFrame({"id": ["plant", "line"], "country": "KR", "material": ["acid", "chip"]})
    read_tables(pd.DataFrame({"supplier": ["plant"], "buyer": ["line"], "share": [share]}), firms)


def test_a_cover_that_reaches_the_shelf_life_has_the_same_words_everywhere(tmp_path: pathlib.Path) -> None:
    key = "facilities.line.stocks.acid.cover"
    uncertain = {key: {"low": "9 days", "high": "130 days", "source": "estimate"}}
    rest = chain()
    del rest["facilities"]["line"]["stocks"]
    (tmp_path / "world.yaml").write_text(to_yaml(rest), encoding="utf-8")
    (tmp_path / "stocks.csv").write_text(STOCK, encoding="utf-8")
    of_entry = said(lambda: from_tree(chain(cover="130 days")))
    assert of_entry == [
        (
            "a cover of 130 days is not below the shelf life of acid, 120 days",
            "write a shorter cover; the rest would expire unused",
        )
    ]
    assert said(lambda: from_tree(chain(uncertain=uncertain))) == of_entry
    assert words(check([tmp_path])) == of_entry
    assert words(of_network(from_tree(chain()), with_cover)) == of_entry


def test_shares_that_do_not_sum_to_1_have_the_same_words_everywhere() -> None:
    of_entry = said(lambda: from_tree(world_with_share(0.9)))
    wrong = "the shares of acid at line sum to 0.9, not 1 (acid/plant-line 0.9)"
    assert of_entry == [(wrong, "write shares that sum to 1")]
    assert said(lambda: table_with_share(0.9)) == of_entry
    assert words(of_network(from_tree(chain()), with_share(0.9))) == of_entry


@pytest.mark.parametrize(("share", "fine"), [(1.0 - 9e-7, True), (1.0 - 1.1e-6, False)])
def test_shares_have_the_same_tolerance_everywhere(share: float, fine: bool) -> None:
    assert (said(lambda: from_tree(world_with_share(share))) == []) is fine
    assert (said(lambda: table_with_share(share)) == []) is fine
    assert (of_network(from_tree(chain()), with_share(share)) == []) is fine


def test_many_wrong_shares_of_a_stock_are_counted_not_listed() -> None:
    names = [f"s{number:02}" for number in range(25)]
    firms = pd.DataFrame({"id": [*names, "line"], "country": "KR", "material": "acid"})
    edges = pd.DataFrame({"supplier": names, "buyer": "line", "share": 0.02})
    (wrong, _), *others = said(lambda: read_tables(edges, firms))
    assert not others
    assert wrong.startswith("the shares of acid at line sum to 0.5, not 1 (acid/s00-line 0.02, ")
    assert wrong.endswith("acid/s19-line 0.02, and 5 others)")
