"""What only a whole document can tell: names that point nowhere, shares, units, sources.

All rules run on the entries whose shape is right, so that one mistake does not hide another.
"""

from __future__ import annotations

from sim.errors import Problem
from sim.scenario.paths import Layer
from sim.scenario.validation import events, network, policy, ranges
from sim.scenario.validation.problems import ProblemCollector
from sim.scenario.validation.shape import Checked


def check(checked: Checked, layer: Layer) -> list[Problem]:
    """Return every mistake of meaning in a document.

    Examples
    --------
    >>> from sim.scenario.validation.shape import validate
    >>> tree = {"firms": {"x": {"country": "KR", "source": "press"}}}
    >>> [problem.wrong for problem in check(validate(Layer(tree, {})), Layer(tree, {}))]
    ["unknown source 'press'"]
    """
    problems = ProblemCollector(checked, layer)
    network.check(problems)
    events.check(problems)
    policy.check(problems)
    ranges.check(problems)
    return problems.collected
