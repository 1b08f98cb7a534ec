"""curbsim: who runs short, when, by how much and why, when export curbs act on a supply network.

The public names are loaded when they are first used, so that `import sim` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.questions import register

if TYPE_CHECKING:
    from sim import errors, importers, plots
    from sim.analysis.importance import importance
    from sim.analysis.structure import structure
    from sim.errors import CurbsimError, ScenarioError
    from sim.experiments.calibration import calibrate
    from sim.experiments.comparison import compare
    from sim.experiments.hindcast import hindcast
    from sim.experiments.identification import identify
    from sim.experiments.roles import roles
    from sim.experiments.sensitivity import sensitivity
    from sim.experiments.sweep import sweep, threshold
    from sim.reporting import page as report
    from sim.results.result import Result, read
    from sim.results.saved.listing import runs
    from sim.runner.replications import run
    from sim.scenario import Scenario, check, load, scenarios

_HOMES = {  # the module in which each public name is
    "CurbsimError": "sim.errors",
    "Result": "sim.results.result",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.errors",
    "calibrate": "sim.experiments.calibration",
    "check": "sim.scenario",
    "compare": "sim.experiments.comparison",
    "hindcast": "sim.experiments.hindcast",
    "identify": "sim.experiments.identification",
    "importance": "sim.analysis.importance",
    "load": "sim.scenario",
    "read": "sim.results.result",
    "roles": "sim.experiments.roles",
    "run": "sim.runner.replications",
    "runs": "sim.results.saved.listing",
    "scenarios": "sim.scenario",
    "sensitivity": "sim.experiments.sensitivity",
    "structure": "sim.analysis.structure",
    "sweep": "sim.experiments.sweep",
    "threshold": "sim.experiments.sweep",
}
_MODULES = {
    "errors": "sim.errors",
    "importers": "sim.importers",
    "plots": "sim.plots",
    "report": "sim.reporting.page",
}

# Who answers what results can be asked; imported at the first question (see `sim.questions`).
register(
    {
        "Network.to_networkx": "sim.network.entry_tables:multigraph",
        "Scenario.network": "sim.network.entry_tables:compiled",
        "Scenario.table": "sim.network.entry_tables:table",
        "Scenario.to_networkx": "sim.network.entry_tables:scenario_graph",
        "Result.plot": "sim.plots.saving:plot",
        "Result.words": "sim.reporting.run_text:words",
        "Result._repr_html_": "sim.reporting.main_table:notebook",
        "Result.first_days": "sim.results.headline:first_days_of",
        "Result.headline": "sim.results.headline:headline",
        "Result.horizons": "sim.results.headline:by_horizon",
        "Calibration._repr_html_": "sim.reporting.terminal_tables:notebook",
        "Comparison._repr_html_": "sim.reporting.terminal_tables:notebook",
        "Hindcast._repr_html_": "sim.reporting.terminal_tables:notebook",
        "Identification._repr_html_": "sim.reporting.terminal_tables:notebook",
        "Sensitivity._repr_html_": "sim.reporting.terminal_tables:notebook",
        "Sweep._repr_html_": "sim.reporting.terminal_tables:notebook",
        "Comparison.words": "sim.reporting.experiment_text:comparison_words",
        "Sensitivity.words": "sim.reporting.experiment_text:sensitivity_words",
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
    "errors",
    "hindcast",
    "identify",
    "importance",
    "importers",
    "load",
    "plots",
    "read",
    "report",
    "roles",
    "run",
    "runs",
    "scenarios",
    "sensitivity",
    "structure",
    "sweep",
    "threshold",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    deprecated = import_module("sim.deprecated")  # only a name that is not found pays for it
    if name in deprecated.DEPRECATED:
        return deprecated.resolve(name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
