"""Where scenarios are found: a path, `./scenarios`, or the scenarios that come with the package."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

from sim.errors import Problem, did_you_mean
from sim.scenario.paths import get

WORLD = "world.yaml"


@dataclass(frozen=True, slots=True)
class Listing:
    """One scenario of the library."""

    name: str
    title: str
    question: str
    path: pathlib.Path


def folders() -> list[pathlib.Path]:
    """Return the folders in which names are looked up, the working directory first."""
    package = pathlib.Path(__file__).parents[1]
    places = [pathlib.Path("scenarios"), package.parent / "scenarios", package / "_scenarios"]
    kept: dict[pathlib.Path, pathlib.Path] = {}
    for place in places:
        if place.is_dir():
            kept.setdefault(place.resolve(), place)
    return list(kept.values())


def find(name: str, near: pathlib.Path | None = None) -> pathlib.Path | None:
    """Return the file of a scenario by its path or name, None when there is none.

    A folder stands for the `world.yaml` in it. With `near`, that folder is searched first.
    """
    for base in ([near] if near else []) + [pathlib.Path()]:
        found = _file(base / name, exact=True)
        if found:
            return found
    here = [pathlib.Path()] if pathlib.Path(name).name else []
    for folder in ([near] if near else []) + folders() + here:
        found = _file(folder / name, exact=False)
        if found:
            return found
    return None


def _file(path: pathlib.Path, *, exact: bool) -> pathlib.Path | None:
    if (path / WORLD).is_file():
        return path / WORLD
    if exact:
        return path if path.is_file() else None
    single = path.with_name(f"{path.name}.yaml")
    return single if single.is_file() else None


def stem(path: pathlib.Path) -> str:
    """Return the name of the scenario in a file.

    Examples
    --------
    >>> stem(pathlib.Path("scenarios/korea_2019/world.yaml"))
    'korea_2019'
    """
    if path.name == WORLD:
        return path.resolve().parent.name
    return path.stem


def paths(near: pathlib.Path | None = None) -> dict[str, pathlib.Path]:
    """Return the file of every scenario of the library, by name."""
    found: dict[str, pathlib.Path] = {}
    for folder in ([near] if near else []) + folders():
        files = sorted([*folder.glob("*.yaml"), *folder.glob(f"*/{WORLD}")])
        for path in files:
            found.setdefault(stem(path), path)
    return dict(sorted(found.items()))


def scenarios() -> list[Listing]:
    """Return the scenarios of the library with their titles and questions.

    Examples
    --------
    >>> [listing.name for listing in scenarios()] == sorted(listing.name for listing in scenarios())
    True
    """
    # Imported here: a list of names must not need the YAML reader.
    from sim.scenario.yaml_files import read

    listings = []
    for name, path in paths().items():
        tree = read(path)[0].tree
        title = str(get(tree, ("meta", "title"), ""))
        listings.append(Listing(name, title, str(get(tree, ("meta", "question"), "")), path))
    return listings


def unknown(name: str, near: pathlib.Path | None = None) -> tuple[str, str]:
    """Return what is wrong with a name that is not found, and what to write."""
    return f"there is no scenario '{name}'", did_you_mean(name, paths(near))


def missing(name: str) -> Problem:
    """Return the problem of a scenario that cannot be found."""
    wrong, remedy = unknown(name)
    return Problem(name, 0, 0, "", wrong, remedy)
