"""Where scenarios are found: a path, `./scenarios`, or the scenarios that come with the package."""

from __future__ import annotations

import pathlib
from dataclasses import dataclass

from sim.errors import Problem, did_you_mean, quoted
from sim.scenario.paths import get

WORLD_FILE = "world.yaml"


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
    return list({place.resolve(): place for place in reversed(places) if place.is_dir()}.values())[::-1]


def find(name: str, near: pathlib.Path | None = None) -> pathlib.Path | None:
    """Return the file of a scenario by its path or name, None when there is none.

    A folder stands for the `world.yaml` in it. With `near`, that folder is searched first.
    """
    if not pathlib.PurePath(name).name:  # '', '.' and '/' name no file
        return None
    first, here = [near] if near else [], [pathlib.Path()]
    files = [file for base in first + here for file in (base / name / WORLD_FILE, base / name)]
    for folder in first + folders() + (here if pathlib.Path(name).name else []):
        path = folder / name
        files += [path / WORLD_FILE, path.with_name(f"{path.name}.yaml")]
    return next(filter(_is_file, files), None)


def _is_file(path: pathlib.Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or with a zero byte
        return False


def stem(path: pathlib.Path) -> str:
    """Return the name of the scenario in a file.

    Examples
    --------
    >>> stem(pathlib.Path("scenarios/korea_2019/world.yaml"))
    'korea_2019'
    """
    if path.name == WORLD_FILE:
        return path.resolve().parent.name
    return path.stem


def paths(near: pathlib.Path | None = None) -> dict[str, pathlib.Path]:
    """Return the file of every scenario of the library, by name."""
    files: dict[str, pathlib.Path] = {}
    for folder in ([near] if near else []) + folders():
        for path in filter(_is_file, sorted([*folder.glob("*.yaml"), *folder.glob(f"*/{WORLD_FILE}")])):
            files.setdefault(stem(path), path)
    return dict(sorted(files.items()))


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
        title = " ".join(str(get(tree, ("meta", "title"), "")).split())
        listings.append(Listing(name, title, str(get(tree, ("meta", "question"), "")), path))
    return listings


def unknown(name: str, near: pathlib.Path | None = None) -> tuple[str, str]:
    """Return what is wrong with a name that is not found, and what to write."""
    if not name.strip():
        return "the name of a scenario is empty", did_you_mean(name, paths(near))
    place = (near or pathlib.Path()) / name
    if _is_there(place):
        is_folder = f"a folder without a {WORLD_FILE}" if place.is_dir() else "no file that holds text"
        return f"{quoted(name)} is {is_folder}", did_you_mean(name, paths(near))
    return f"there is no scenario {quoted(name)}", did_you_mean(name, paths(near))


def _is_there(path: pathlib.Path) -> bool:
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def missing(name: str) -> Problem:
    """Return the problem of a scenario that cannot be found."""
    wrong, remedy = unknown(name)
    return Problem(quoted(name)[1:-1], 0, 0, "", wrong, remedy)
