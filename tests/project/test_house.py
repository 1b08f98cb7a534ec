"""The house: no import circle, no import that runs up, small files and packages, one name a class, a true picture."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.project.imports import (
    PICTURE,
    ROOT,
    circles,
    floors,
    is_package,
    modules,
    picture,
    room_of,
    upward,
)

MOST_LINES = 450  # of a file
MOST_FILES = 12  # of a package, its `__init__` apart; more gets sub-packages by noun


def test_no_module_imports_itself_in_a_circle() -> None:
    assert circles(modules()) == []


def test_a_circle_is_found_inside_functions_and_under_type_checking(tmp_path: Path) -> None:
    texts = {
        "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sim.b import B\n",
        "b.py": "def late():\n    from sim import c\n",
        "c.py": "import sim.a\n",
        "d.py": "from sim.a import A\n",
        "__init__.py": "from sim.d import D\n",
    }
    (tmp_path / "sim").mkdir()
    for name, text in texts.items():
        (tmp_path / "sim" / name).write_text(text, encoding="utf-8")
    assert circles(modules(tmp_path / "sim")) == [["sim.a", "sim.b", "sim.c"]]


def test_no_import_runs_up_a_floor() -> None:
    assert upward(modules()) == []


def test_every_room_stands_on_a_floor() -> None:
    rooms = {room_of(name) for name in modules()} - {"sim", "sim.__main__"}
    assert rooms == {room for floor in floors() for room in floor}


def test_files_and_packages_are_small() -> None:
    files = {name: path for name, path in modules().items() if not is_package(path)}
    lines = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in files.items()}
    assert {name: n for name, n in lines.items() if n > MOST_LINES} == {}
    sizes = Counter(path.parent.relative_to(ROOT).as_posix() for path in files.values())
    assert {package: n for package, n in sizes.items() if n > MOST_FILES} == {}


def test_no_two_classes_have_one_name() -> None:
    """Nor two aliases of types, nor a class and an alias: a name of a type says which one it is."""
    homes: dict[str, list[str]] = defaultdict(list)
    for module, path in modules().items():
        for name in types_of(ast.parse(path.read_text(encoding="utf-8"))):
            homes[name].append(module)
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}


def types_of(tree: ast.Module) -> Iterator[str]:
    """Yield the classes of a module, wherever they stand, and its aliases of types: names in CapWords."""
    yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (target.id for target in targets if isinstance(target, ast.Name))
            yield from (name for name in names if name[0].isupper() and not name.isupper())


def test_classes_and_aliases_are_found_by_name() -> None:
    text = "Row = dict[str, int]\nMOST = 3\nT = TypeVar('T')\nPath: TypeAlias = str\nclass A:\n    class B: ...\nx = 1\n"
    assert sorted(types_of(ast.parse(text))) == ["A", "B", "Path", "Row"]


def test_the_picture_of_the_floors_is_that_of_the_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture(modules()), "run python -m tests.project.imports"
