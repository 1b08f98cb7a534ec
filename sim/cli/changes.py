"""Changed values of the command line: `path=value` texts, read as in a file."""

from __future__ import annotations

from sim.errors import CurbsimError


def parse_changes(changes: list[str]) -> dict[str, object]:
    """Turn `path=value` texts into changes; values are read as in a file.

    Examples
    --------
    >>> parse_changes(["run.seed=7", "regimes.individual.denial=30 %"])
    {'run.seed': 7, 'regimes.individual.denial': '30 %'}
    """
    return _parsed(changes, "--set", "{}")


def parse_grid(changes: list[str]) -> dict[str, list[object]]:
    """Turn `path=value,value` texts into the values of each path; a value with commas stands in braces.

    Examples
    --------
    >>> parse_grid(["run.seed=7,8", "model.switching=0, 0.5"])
    {'run.seed': [7, 8], 'model.switching': [0, 0.5]}
    """
    found = _parsed(changes, "--vary", "[{}]")
    return {path: list(values) for path, values in found.items() if isinstance(values, list)}


def _parsed(changes: list[str], option: str, form: str) -> dict[str, object]:
    """Read the values of `path=value` texts as YAML of a form."""
    from sim.scenario.yaml_files import parse

    found: dict[str, object] = {}
    for change in changes:
        path, equals, value = (part.strip() for part in change.partition("="))
        if not equals or not path:
            raise CurbsimError(f"{option}:{change}: there is no value; write path=value")
        layer, problems = parse(f"value: {form.format(value)}", f"{option}:{path}")
        if problems:
            raise CurbsimError("\n".join(str(problem) for problem in problems))
        found[path] = layer.tree["value"]
    return found
