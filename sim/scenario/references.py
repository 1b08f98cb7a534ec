"""What only a whole document can tell: names that point nowhere, shares, units, sources.

All rules run on the entries whose shape is right, so that one mistake does not hide another.
"""

from __future__ import annotations

from sim.errors import Problem
from sim.scenario import behaviour_rules, event_rules, network_rules, office_rules, range_rules
from sim.scenario.findings import Findings
from sim.scenario.paths import Layer
from sim.scenario.validate import Checked


def check(checked: Checked, layer: Layer) -> list[Problem]:
    """Return every mistake of meaning in a document.

    Examples
    --------
    >>> from sim.scenario.validate import validate
    >>> tree = {"firms": {"x": {"country": "KR", "source": "press"}}}
    >>> [problem.wrong for problem in check(validate(Layer(tree, {})), Layer(tree, {}))]
    ["unknown source 'press'"]
    """
    findings = Findings(checked, layer)
    network_rules.check(findings)
    behaviour_rules.stores(findings)
    event_rules.check(findings)
    office_rules.check(findings)
    range_rules.check(findings)
    return findings.problems
