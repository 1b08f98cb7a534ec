"""Who imports whom in `sim`, read from the sources; draws docs/floors.svg.

python -m tests.project.imports      # draw the picture anew, after a module was added, moved or renamed
"""

from __future__ import annotations

import ast
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import wrap

import networkx as nx

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "floors.svg"
WIDTH, LEFT, ROW, GAP, LETTERS = 760, 120, 15, 16, 84
HEAD = 'font-family="sans-serif" font-size="12"'


def modules(package: Path = ROOT / "sim") -> dict[str, Path]:
    """Return the file of every module, packages among them."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        names = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(names[:-1] if names[-1] == "__init__" else names)] = path
    return found


def imports(files: dict[str, Path]) -> nx.DiGraph:
    """Return the graph of imports, those inside functions and under TYPE_CHECKING among them.

    An import from a package goes to the module that the package takes the name from, as far as that can be
    read off its `__init__`.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(files)
    for module, path in files.items():
        for target in _targets(path, files):
            if target != module:
                graph.add_edge(module, target)
    return graph


def _targets(path: Path, files: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in files:
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield inside if inside in files else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)


def is_package(path: Path) -> bool:
    return path.name == "__init__.py"


def circles(files: dict[str, Path]) -> list[list[str]]:
    """Return the groups of modules that import each other, packages' `__init__`s apart."""
    graph = imports(files)
    graph.remove_nodes_from([name for name, path in files.items() if is_package(path)])
    return [sorted(group) for group in nx.strongly_connected_components(graph) if len(group) > 1]


def floors() -> list[list[str]]:
    """Return the floors from the top down, as pyproject.toml has them: rooms that stand side by side."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def room_of(module: str) -> str:
    """Return the room of a module: a package or a module right below `sim`."""
    return ".".join(module.split(".")[:2])


def upward(files: dict[str, Path]) -> list[tuple[str, str]]:
    """Return the imports that go up a floor."""
    level = {room: i for i, rooms in enumerate(floors()) for room in rooms}
    edges = [
        (user, used) for user, used in imports(files).edges if {room_of(user), room_of(used)} <= set(level)
    ]
    return sorted((a, b) for a, b in edges if level[room_of(b)] < level[room_of(a)])


def names_by_room(files: dict[str, Path]) -> dict[str, list[str]]:
    """Return what stands in each room: modules, and sub-packages with theirs in brackets."""
    inside: dict[str, list[str]] = defaultdict(list)
    packages: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, path in files.items():
        parts = name.split(".")
        if is_package(path) or len(parts) < 3:
            continue
        if len(parts) == 3:
            inside[room_of(name)].append(parts[2])
        else:
            packages[(room_of(name), parts[2])].append(parts[3])
    for (room, package), names in packages.items():
        inside[room].append(f"{package} ({', '.join(names)})")
    return inside


def picture(files: dict[str, Path]) -> str:
    """Return the floors as SVG: rooms with what stands in them, and how many imports go from floor to floor."""
    rows = _rows(files)
    level = {room: i for i, (_, rooms) in enumerate(rows) for room in rooms}
    ties = Counter(
        (level[room_of(a)], level[room_of(b)])
        for a, b in imports(files).edges
        if room_of(a) in level and room_of(b) in level and room_of(a) != room_of(b)
    )
    inside, body, top = names_by_room(files), [], GAP
    for i, (name, rooms) in enumerate(rows):
        text = [line for room in rooms for line in wrap(", ".join(inside.get(room, [])), LETTERS)]
        text = text or wrap(", ".join(_short(room) for room in rooms), LETTERS)
        used = ", ".join(f"{rows[b][0]} {n}" for (a, b), n in sorted(ties.items()) if a == i and b != i)
        below = wrap(f"imports from: {used}", LETTERS) if used else []
        height = ROW * max(len(text) + len(below), len(wrap(name, 16))) + 12
        body.append(_box(top, height, name, [*text, *below], quiet=len(below)))
        top += height + GAP
    title = "<title>The floors of sim: every import goes down</title>"
    size = f'width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {HEAD}>\n{title}\n' + "\n".join(body) + "\n</svg>\n"
    )


def _rows(files: dict[str, Path]) -> list[tuple[str, list[str]]]:
    """Return floors with their names; modules right below `sim` are the ground together."""
    packages = [floor for floor in floors() if any(is_package(files[room]) for room in floor)]
    ground = [room for floor in floors() if floor not in packages for room in floor]
    return [(" and ".join(map(_short, floor)), floor) for floor in packages] + [("ground", ground)]


def _short(room: str) -> str:
    return room.removeprefix("sim.")


def _box(top: int, height: int, name: str, lines: list[str], quiet: int) -> str:
    """Draw a floor: its name at the left, what stands in it, and in grey what it imports from."""
    shape = f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - 8}" height="{height}" rx="4" '
    parts = [shape + 'fill="#f4f6f8" stroke="#8896a5"/>']
    for k, word in enumerate(wrap(name, 16)):
        parts.append(f'<text x="8" y="{top + ROW * (k + 1)}" font-weight="bold">{escape(word)}</text>')
    for k, line in enumerate(lines):
        colour = "#5b6b7b" if k >= len(lines) - quiet else "#111"
        parts.append(f'<text x="{LEFT + 10}" y="{top + ROW * (k + 1)}" fill="{colour}">{escape(line)}</text>')
    return "\n".join(parts)


if __name__ == "__main__":
    PICTURE.write_text(picture(modules()), encoding="utf-8")
