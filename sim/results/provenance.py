"""How numbers came about, so that anyone can make them again: what went in, versions, the commit."""

from __future__ import annotations

import functools
import hashlib
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from sim.results.saved.manifest import FORMAT
from sim.scenario import Scenario

PACKAGES = ("curbsim", "numpy", "scipy", "numba", "simpy", "networkx", "pandas")


def provenance() -> dict[str, Any]:
    """Return the code and the machine that numbers were made with, and the format of the folder."""
    return {
        "format": FORMAT,
        "commit": commit(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def experiment_manifest(experiment: str, scenarios: Sequence[Scenario], **inputs: Any) -> dict[str, Any]:
    """Return the manifest of an experiment; what its folder is known by is under `inputs`.

    Parameters
    ----------
    experiment : str
        Its name, such as `compare`.
    inputs : optional
        Whatever else the numbers depend on: seed, replications, values that vary.
    """
    described = [
        {
            "name": x.name,
            "title": x.title,
            "changes": dict(x.changes),
            "hash": x.hash,
            "baseline_hash": x.baseline().hash,
        }
        for x in scenarios
    ]
    return {"experiment": experiment, "inputs": {"scenarios": described, **inputs}, **provenance()}


@functools.cache
def code_digest() -> str:
    """Return a digest of this code and of the packages that make its numbers.

    Stored outcomes and the workers of a cluster must have the same one.
    """
    home = Path(__file__).parents[1]
    digest = hashlib.sha256("".join(_version(name) for name in PACKAGES).encode())
    for path in sorted(home.rglob("*.py")):
        digest.update(path.relative_to(home).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def commit() -> str:
    """Return the commit of a checkout, with `+` when files have changed since; empty for a wheel."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    try:
        head = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return head.stdout.strip()


@functools.cache
def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
