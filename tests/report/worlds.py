"""The chain under an embargo of its first material."""

from __future__ import annotations

from tests.scenario.worlds import Tree, chain, event


def cut_chain(replications: int) -> Tree:
    """Return the tree: nothing of the first material moves from July to December 2019."""
    tree = chain()
    tree["run"] = {"start": "2019-01-01", "end": "2019-12-31", "replications": replications, "seed": 5}
    select = {"material": next(iter(tree["links"].values()))["material"]}
    tree["events"] = {"cut": event("embargo", role="treatment", until="2019-12-01", select=select)}
    return tree
