"""From a name to one resolved layer: files, tables, parents, variants and changed values."""

from __future__ import annotations

import difflib
import hashlib
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sim.errors import Problem, did_you_mean
from sim.scenario import layering, library
from sim.scenario.changes import History, of_child
from sim.scenario.csv_tables import TABLES, join_table, read_table, table_names
from sim.scenario.paths import Layer, Position, Tree, exists, get, join, put, walk
from sim.scenario.schema.lookup import written_default
from sim.scenario.yaml_files import EMPTY, read, shown


@dataclass(frozen=True, slots=True)
class Resolved:
    """A scenario with everything laid over each other, before it is validated."""

    name: str
    layer: Layer
    problems: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    whole: bool = True  # False when a parent could not be read: then much seems to be missing
    own: str = ""  # the file itself, as messages name it
    history: History = field(default_factory=History)  # what was changed of the files
    made_from: tuple[str, str] = ("", "")  # what leads to the file, and to what it extends, from anywhere


def resolve(
    name: str | pathlib.Path, changes: Mapping[str, object] | None = None, written: str = "changes"
) -> Resolved:
    """Read a scenario by name or path with its variants (`curbs_2019+strict`) and lay `changes` over it."""
    text = str(name)
    path, variants = library.find(text), list[str]()
    if path is None:
        text, *variants = (part.strip() for part in text.split("+"))
        path = library.find(text)
    if path is None:
        return Resolved(text, EMPTY, (library.missing(text),), whole=False)
    resolved = read_chain(path, ())
    resolved = with_variants(resolved, variants)
    if not changes:
        return resolved
    layer, problems = layering.with_changes(resolved.layer, changes, written)
    history = History(with_defaults(resolved).layer.tree).after(resolved.layer.tree, changes)
    return replace(resolved, layer=layer, problems=(*resolved.problems, *problems), history=history)


def read_chain(path: pathlib.Path, seen: tuple[pathlib.Path, ...]) -> Resolved:
    """Read a file and lay it over its parents."""
    layer, problems, files = read_file(path)
    own = get(layer.tree, ("meta", "name"))
    name = own if isinstance(own, str) and own else library.stem(path)
    parent = layer.tree.get("extends")
    if not isinstance(parent, str):
        layer, more = layering.base(layer)
        made_from = (leading_to(path), "")
        whole = bool(layer.tree) and parent is None
        return Resolved(name, layer, (*problems, *more), files, whole, shown(path), made_from=made_from)
    above = _parent(path, parent, layer, (*seen, path.resolve()))
    own_tree = {key: value for key, value in layer.tree.items() if key != "extends"}
    if not above.whole:
        merged, more = layering.base(Layer(own_tree, layer.places))
    else:
        merged, more = layering.merge_settled(above.layer, Layer(own_tree, layer.places))
    if isinstance(merged.tree.get("meta"), dict):
        words = of_child(above.name, name, above.layer.tree, own_tree) if above.whole else {}
        meta = {**merged.tree["meta"], **words, "name": name}
        merged = Layer({**merged.tree, "meta": meta}, merged.places)
    problems = [*above.problems, *problems, *more]
    whole = above.whole and bool(layer.tree)
    made_from = (leading_to(path), leading_to(library.find(parent, near_of(path))))
    files = (*above.files, *files)
    return Resolved(name, merged, tuple(problems), files, whole, shown(path), made_from=made_from)


def _parent(path: pathlib.Path, parent: str, layer: Layer, seen: tuple[pathlib.Path, ...]) -> Resolved:
    near = near_of(path)
    file = library.find(parent, near)
    if file is None:
        wrong, remedy = library.unknown(parent, near)
    elif file.resolve() in seen:
        chain = " -> ".join(map(library.stem, (*seen, file)))
        wrong, remedy = f"the chain of parents runs in a circle: {chain}", "let one of them extend nothing"
    else:
        return read_chain(file, seen)
    return Resolved(parent, EMPTY, (layer.problem(("extends",), wrong, remedy),), (), whole=False)


def near_of(path: pathlib.Path) -> pathlib.Path:
    """Return the folder in which the parent of a file is looked up first."""
    return path.parent.parent if path.name == library.WORLD_FILE else path.parent


def leading_to(path: pathlib.Path | None) -> str:
    """Return what leads to a file from anywhere: its name, where names are looked up, or its whole path."""
    if path is None:
        return ""
    name = library.stem(path)
    found = library.find(name)
    return name if found is not None and found.resolve() == path.resolve() else str(path.resolve())


def read_file(path: pathlib.Path) -> tuple[Layer, list[Problem], tuple[str, ...]]:
    """Read one YAML file, and the tables beside it when it is a world."""
    layer, problems = read(path)
    layer, more = with_tables(path.parent, layer)
    files, problems = [shown(path)], [*problems, *more]
    if path.name != library.WORLD_FILE:
        return layer, problems, tuple(files)
    problems = [*problems, *misnamed_tables(path.parent)]
    for name in table_names(path.parent):
        file = path.parent / f"{name}.csv"
        files.append(shown(file))
        table, more = read_table(file)
        problems.extend(more)
        layer, more = join_table(layer, table, name)
        problems.extend(more)
    return layer, problems, tuple(files)


def with_tables(folder: pathlib.Path, layer: Layer) -> tuple[Layer, list[Problem]]:
    """Find the tables of a network beside the file that names them, and note a digest of both."""
    given = layer.tree.get("network")
    if not isinstance(given, dict):
        return layer, []
    network, problems, digest = dict(given), list[Problem](), hashlib.sha256()
    for key in ("edges", "firms"):
        if not isinstance(given.get(key), str):
            continue
        path = folder / given[key]
        if path.is_file():
            network[key] = str(path.resolve())
            digest.update(path.read_bytes())
            continue
        remedy = "write the name of a CSV or Parquet file beside this one"
        problems.append(layer.problem(("network", key), f"there is no file '{given[key]}'", remedy))
    network["digest"] = digest.hexdigest()
    places = {**layer.places, ("network", "digest"): layer.place(("network",))}
    return Layer({**layer.tree, "network": network}, places), problems


def misnamed_tables(folder: pathlib.Path) -> list[Problem]:
    """Return a problem for every table whose name is nearly one that is read; others are none of ours."""
    problems = []
    for file in sorted(folder.glob("*.csv")):
        near = difflib.get_close_matches(file.stem, TABLES, n=1, cutoff=0.8)
        if near and file.stem not in TABLES:
            wrong, remedy = f"no table has the name '{file.name}'", f"did you mean '{near[0]}.csv'?"
            problems.append(Problem(shown(file), 0, 0, "", wrong, remedy))
    return problems


def plain_layer(tree: Tree, file: str = "scenario") -> Layer:
    """Return plain maps as a layer whose places name only their path."""
    plain = layering.plain_value(tree)
    places = {path: Position(file, 0, join(path)) for path in walk(plain)}
    return layering.base(Layer(plain, places))[0]


def with_variants(resolved: Resolved, names: list[str]) -> Resolved:
    """Lay named variants over a scenario; an inherited one may remove what is gone already."""
    layer = resolved.layer
    known = layer.tree.get("variants")
    known = known if isinstance(known, dict) else {}
    chosen: dict[str, Layer] = {}
    problems = list(resolved.problems)
    for name in dict.fromkeys(names):
        if isinstance(known.get(name), dict):
            places = {path: layer.place(("variants", name, *path)) for path in walk(known[name])}
            variant, is_inherited = Layer(known[name], places), places[()].file != resolved.own
            chosen[name] = layering.without_idle_nulls(variant, layer.tree) if is_inherited else variant
        else:
            wrong = f"'{resolved.name}' has no variant '{name}'"
            problems.append(Problem(f"{resolved.name}+{name}", 0, 0, "", wrong, did_you_mean(name, known)))
    clashes = layering.clashes(chosen)
    problems.extend(clashes)
    for variant in chosen.values() if not clashes else ():  # laid over each other they would mislead
        layer, more = layering.merge_settled(layer, variant)
        problems.extend(more)
    full = "+".join([resolved.name, *sorted(chosen)])
    return replace(resolved, name=full, layer=layer, problems=tuple(problems))


def with_defaults(resolved: Resolved, before: Tree | None = None) -> Resolved:
    """Write out the default of each value that a range names and no file writes: draws stand in its place.

    Ranges that stood in a tree `before`, which has been through this, are passed over.
    """
    layer = resolved.layer
    ranges, old = layer.tree.get("uncertain"), (before or {}).get("uncertain")
    for pattern in ranges if isinstance(ranges, dict) else ():
        is_new = not isinstance(old, dict) or old.get(pattern) is not layer.tree["uncertain"][pattern]
        if is_new and not exists(layer.tree, pattern):
            layer = _with_default(layer, pattern)
    return replace(resolved, layer=layer)


def _with_default(layer: Layer, pattern: str) -> Layer:
    stands = {"model": {}, **layer.tree}  # a section of defaults where no file writes it
    tree, places, entry = layer.tree, dict(layer.places), layer.tree["uncertain"][pattern]
    for path, _, node in layering.targets(layer.tree, pattern):
        text = written_default(node) if node is not None and exists(stands, path[:-1]) else None
        text = _central(entry) if text is None and node is not None and node.is_value else text
        if text is not None and exists(stands, path[:-1]):
            tree = put(tree, path, text)
            places[path] = layer.place(("uncertain", pattern))
    return Layer(tree, places)


def _central(entry: object) -> object:
    """Return a number of a range that stands in place of the value, for fields that have no default."""
    if not isinstance(entry, dict) or entry.get("as", "value") != "value":
        return None
    return next((entry[word] for word in ("mode", "median", "mean", "low") if word in entry), None)
