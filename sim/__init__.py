"""curbsim: who runs short, when, by how much and why, when export curbs act on a supply network.

The public names are loaded when they are first used, so that `import sim` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.questions import register

if TYPE_CHECKING:
    from sim import plots, report
    from sim.errors import CurbsimError, ScenarioError
    from sim.experiments import (
        calibrate,
        compare,
        hindcast,
        identify,
        roles_table,
        run,
        sensitivity,
        stop_threshold,
        sweep,
    )
    from sim.factorial import structure_ranges, structure_shares
    from sim.generating import generate_network
    from sim.given_data import importance, rests_on
    from sim.importing import network_from_edges, network_from_graph, network_from_table
    from sim.results import Result, read
    from sim.scenario import Scenario, check, load, names

_HOMES = {
    "CurbsimError": "sim.errors",
    "Result": "sim.results",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.errors",
    "calibrate": "sim.experiments",
    "check": "sim.scenario",
    "compare": "sim.experiments",
    "generate_network": "sim.generating",
    "hindcast": "sim.experiments",
    "identify": "sim.experiments",
    "importance": "sim.given_data",
    "load": "sim.scenario",
    "names": "sim.scenario",
    "network_from_edges": "sim.importing",
    "network_from_graph": "sim.importing",
    "network_from_table": "sim.importing",
    "plots": "sim.plots",
    "read": "sim.results",
    "report": "sim.report",
    "rests_on": "sim.given_data",
    "roles_table": "sim.experiments",
    "run": "sim.experiments",
    "sensitivity": "sim.experiments",
    "stop_threshold": "sim.experiments",
    "structure_ranges": "sim.factorial",
    "structure_shares": "sim.factorial",
    "sweep": "sim.experiments",
}

# Who answers what results can be asked; imported at the first question (see `sim.questions`).
register(
    {
        "Result.words": "sim.answers:words",
        "Result._repr_html_": "sim.report.main_table:notebook",
        "Comparison._repr_html_": "sim.cli.views:comparison_notebook",
        "Sweep._repr_html_": "sim.cli.views:sweep_notebook",
        "Hindcast._repr_html_": "sim.cli.views:hindcast_notebook",
        "Comparison.words": "sim.experiments.differences:words",
        "Sensitivity.words": "sim.experiments.dependence:words",
    }
)

__all__ = [
    "CurbsimError",
    "Result",
    "Scenario",
    "ScenarioError",
    "calibrate",
    "check",
    "compare",
    "generate_network",
    "hindcast",
    "identify",
    "importance",
    "load",
    "names",
    "network_from_edges",
    "network_from_graph",
    "network_from_table",
    "plots",
    "read",
    "report",
    "rests_on",
    "roles_table",
    "run",
    "sensitivity",
    "stop_threshold",
    "structure_ranges",
    "structure_shares",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    home = import_module(_HOMES[name])
    return home if name in ("plots", "report") else getattr(home, name)


def __dir__() -> list[str]:
    return sorted(__all__)
