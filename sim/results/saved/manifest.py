"""The manifest of a run: what it must hold, and digests by which a damaged folder is known."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from sim.errors import CurbsimError
from sim.results.tables import Index

FORMAT = 3  # of run folders, in their manifests: one more whenever a folder of before could not be read
MANIFEST = "manifest.json"  # of a run folder: a folder with one is a run folder


class RunManifest(BaseModel):
    """What is read of the manifest of a run; it may hold more.

    Attributes
    ----------
    files : dict of str to str
        SHA-256 of the files that a result is made of.
    digest : str
        Of everything else in the manifest.
    """

    model_config = ConfigDict(strict=True)

    labels: Index
    scenario: str
    title: str
    baseline: str
    hash: str
    baseline_hash: str
    changes: dict[str, Any]
    seed: int
    replications: int
    replications_asked: int
    stopped_early: bool
    uncertainty: bool
    uncertain_values: int
    commit: str
    python: str
    platform: str
    versions: dict[str, str]
    processes: list[str] = []
    assumptions: dict[str, str] = {}
    sequential: dict[str, Any] | None = None
    files: dict[str, str]
    digest: str


def sealed(manifest: dict[str, Any], folder: Path, files: tuple[str, ...]) -> dict[str, Any]:
    """Return a manifest with the digests of files of its folder, and its own."""
    whole = {**manifest, "files": {name: file_digest(folder / name) for name in files}}
    return {**whole, "digest": _digest(whole)}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file; that of a missing one is empty."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _digest(manifest: dict[str, Any]) -> str:
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    return hashlib.sha256(as_json(rest).encode()).hexdigest()


def as_json(data: dict[str, Any]) -> str:
    """Return readable JSON with sorted keys."""
    return json.dumps(data, indent=2, sort_keys=True, default=str) + "\n"


def read_manifest(folder: Path) -> tuple[dict[str, Any], Index]:
    """Read the manifest of a run, and the names of the rows and columns of its arrays.

    Raises
    ------
    CurbsimError
        When it cannot be read, when another version wrote it in another format, when it is not of a run, or
        when it is damaged.
    """
    manifest = read_json(folder / MANIFEST)
    written = manifest.get("format", "none, as before 0.2")
    if written != FORMAT:
        version = manifest.get("versions", {}).get("curbsim")
        writer = f"curbsim {version}" if version else "another version of curbsim"
        raise CurbsimError(
            f"{folder}: written by {writer} in another format ({written}; this version reads {FORMAT}); "
            f"run its scenario.yaml again, or read it with {writer}"
        )
    if "labels" not in manifest:
        experiment = manifest.get("experiment", "something else")
        raise CurbsimError(f"{folder}: holds {experiment}, not a run; write a folder that curbsim run wrote")
    try:
        labels = RunManifest.model_validate_json(as_json(manifest)).labels
    except ValidationError as error:
        raise not_of_this_version(folder, _fault(error)) from None
    if manifest.pop("digest") != _digest(manifest):
        raise not_of_this_version(folder, f"{MANIFEST} is not as it was written")
    del manifest["labels"]
    return manifest, labels


def not_of_this_version(folder: Path, wrong: str) -> CurbsimError:
    """Return the error of a run folder that is damaged."""
    return CurbsimError(
        f"{folder}: this is not a run folder of this version ({wrong}); run the scenario again"
    )


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    wrong = "is missing" if first["type"] == "missing" else f"is wrong: {first['msg'].lower()}"
    return f"{place} {wrong}"


def require_as_written(folder: Path, manifest: dict[str, Any], name: str) -> Path:
    """Return the path of a file of a run folder that is as it was written.

    Raises
    ------
    CurbsimError
        When it is missing, or another one.
    """
    path = folder / name
    if not path.is_file():
        raise not_of_this_version(folder, f"{name} is missing")
    if file_digest(path) != manifest["files"].get(name):
        raise not_of_this_version(folder, f"{name} is not as it was written")
    return path


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run folder."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise CurbsimError(f"{path}: cannot be read ({error}); write the path of a run folder") from error
