"""Public names and keywords of version 0.1: in 0.2 they work and warn, then they go."""

from __future__ import annotations

import functools
import importlib
import re
import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

DEPRECATED = {  # old name of `sim`, or old keyword with a `=`, and what takes its place
    "generate_network": "importers.generate",
    "names": "scenarios",
    "network_from_edges": "importers.from_edges",
    "network_from_graph": "importers.from_graph",
    "network_from_table": "importers.from_input_output",
    "rests_on": "importance(by='grade')",
    "roles_table": "roles",
    "stop_threshold": "threshold",
    "structure_ranges": "structure",
    "structure_shares": "structure(by='choice')",
    "keep=": "checkpoint=",
}
DONE_WITHOUT = {  # keywords that do nothing any more, and why
    ("run", "columns"): "runs are paired by path",
    ("load", "written"): "messages name the path",
    ("with_", "written"): "messages name the path",
}
P = ParamSpec("P")
T = TypeVar("T")


def resolve(name: str) -> Any:
    """Return what has taken the place of a public name, with a warning that says so.

    Examples
    --------
    >>> with warnings.catch_warnings(action="ignore"):
    ...     resolve("roles_table").__name__
    'roles'
    """
    new = DEPRECATED[name]
    _warn(f"sim.{name}", f"sim.{new}")
    path, keyword, value = re.findall(r"^([\w.]+)(?:\((\w+)='(\w+)'\))?$", new)[0]
    function: Any = importlib.import_module("sim")
    for part in path.split("."):
        function = getattr(function, part)
    return functools.partial(function, **{keyword: value}) if keyword else function


def old_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """Let a public function take its keywords of version 0.1, too, with a warning that names the new ones."""

    @functools.wraps(function)
    def accepting(*args: P.args, **keywords: P.kwargs) -> T:
        for old in [f"{name}=" for name in keywords if f"{name}=" in DEPRECATED]:
            new = DEPRECATED[old]
            _warn(f"{old} of {function.__name__}", new)
            keywords[new.removesuffix("=")] = keywords.pop(old.removesuffix("="))
        for name, why in [(key, why) for (of, key), why in DONE_WITHOUT.items() if of == function.__name__]:
            if keywords.pop(name, None) is not None:
                text = f"{name}= of {function.__name__} does nothing and goes after version 0.2: {why}"
                warnings.warn(text, DeprecationWarning, stacklevel=2)
        return function(*args, **keywords)

    return accepting


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} goes after version 0.2; write {new}", DeprecationWarning, stacklevel=4)
