"""The Scenario: a resolved, validated document that knows where its values come from."""

from __future__ import annotations

import functools
import hashlib
import html
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sim import arguments
from sim.deprecated import old_keywords
from sim.errors import CurbsimError, Problem, ScenarioError, in_order
from sim.scenario import layering, loading, yaml_files
from sim.scenario.as_tables import InTables
from sim.scenario.changes import History, delta, noted, question_of, title_of
from sim.scenario.paths import Layer, Path, Position, Tree, exists, expand, get, join, leaves
from sim.scenario.schema.document import Document
from sim.scenario.validation import events, network, policy, ranges, releases
from sim.scenario.validation.problems import ProblemCollector
from sim.scenario.validation.shape import validate
from sim.scenario.yaml_files import FILE_SECTIONS, canonical

EXAMPLE_CHANGE = "{'model.switching': 0.5}"
COMPARABLE = ("run.start", "run.end", "run.seed", "baseline")  # first among differences


@dataclass(frozen=True, slots=True)
class PathChange:
    """One value in which two scenarios differ; None stands for not given."""

    path: str
    old: object
    new: object
    source: str


@dataclass(frozen=True, eq=False, repr=False)
class Scenario(InTables):
    """A world with its events, resolved and validated. Nothing changes it; `with_` returns another.

    Attributes
    ----------
    name : str
        Name with variants, for example `curbs_2019+strict`.
    document : Document
        The validated values, in base units.
    tree : dict
        The same values as text, after parents, variants and changes are laid over each other.
    origins : dict
        The place of every value of the tree, by path as a tuple of keys.
    files : tuple of str
        The files that it was read from, parents first.
    texts : dict of str to (section, text)
        Sections as they are hashed, shared with scenarios that differ in some of them: a what-if, whose
        scenario and baseline are hashed anew, took 7 of its 78 ms for the sections that it does not change.
    history : History
        What `with_` or `--set` changed of the files.
    made_from : tuple of str
        What leads to its file, and to what that file extends; nothing where there is none.
    """

    name: str
    document: Document
    tree: Tree
    origins: dict[Path, Position] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    texts: dict[str, tuple[object, str]] = field(default_factory=dict)
    history: History = field(default_factory=History)
    made_from: tuple[str, str] = ("", "")

    @functools.cached_property
    def changes(self) -> Mapping[str, str]:
        """Return what `with_` or `--set` changed of the files, as text by path; title and question say so."""
        return noted(self.history, self.tree)

    @property
    def title(self) -> str:
        """Return the title, or the name when there is none, with the variants and with what was changed."""
        _, *variants = self.name.split("+")
        title = self.document.meta.title
        title = f"{title} ({', '.join(variants)})" if title and variants else title or self.name
        return title_of(title, self.changes)

    @property
    def question(self) -> str:
        """Return the question that the scenario asks; with changed values it is another one."""
        return question_of(self.document.meta.question, self.name, self.changes)

    @functools.cached_property
    def hash(self) -> str:
        """Return the SHA-256 of the resolved values, without prose, variants and the order of keys."""
        return hashlib.sha256(canonical(self.tree, self.texts).encode()).hexdigest()

    @property
    def hash8(self) -> str:
        """Return the first eight characters of the hash."""
        return self.hash[:8]

    @old_keywords
    @arguments.called_as("write values by path, such as with_({'run.seed': 7})")
    def with_(self, changes: Mapping[str, object]) -> Scenario:
        """Return this scenario with changed values, by dotted path; wildcards are allowed.

        Examples
        --------
        >>> world = from_tree(EXAMPLE)
        >>> world.with_({"run.seed": 7}).document.run.seed, world.document.run.seed
        (7, 0)
        """
        return changed(self, changes, "with_")

    def baseline(self) -> Scenario:
        """Return what this scenario is compared with: only background events, or what `baseline:` names."""
        if self.document.baseline:
            days = {name: self.tree["run"][name] for name in ("start", "end")}
            named = load(self.document.baseline)
            other = {f"run.{name}": day for name, day in days.items() if named.tree["run"].get(name) != day}
            return changed(named, other, "baseline") if other else named
        events = get(self.tree, ("events",), {})
        background = {key: event for key, event in events.items() if event.get("role") == "background"}
        tree = {**self.tree, "events": background}
        ranges = get(self.tree, ("uncertain",), {})
        # Ranges of treatment events have nothing to act on; all others keep their draws.
        useful = [key for key in ranges if not key.startswith("events.") or exists(tree, key)]
        if len(useful) < len(ranges):
            tree["uncertain"] = {key: ranges[key] for key in useful}
        # What is left of a valid document is valid: nothing is examined again.
        remaining = {
            "events": {key: self.document.events[key] for key in background},
            "uncertain": {key: self.document.uncertain[key] for key in useful},
        }
        document = self.document.model_copy(update=remaining)
        return Scenario(f"{self.name}-baseline", document, tree, self.origins, self.files, self.texts)

    def diff(self, other: Scenario) -> list[PathChange]:
        """Return the values in which `other` differs from this scenario, sorted by path.

        What decides whether two runs can be compared at all stands first: their days, seeds and baselines.

        Examples
        --------
        >>> world = from_tree(EXAMPLE)
        >>> [(c.path, c.old, c.new) for c in world.diff(world.with_({"run.seed": 7}))]
        [('run.seed', None, 7)]
        """
        old, new = _values(self.tree), _values(other.tree)
        changes = []
        differing = (path for path in {**old, **new} if old.get(path) != new.get(path))
        for path in sorted(differing, key=lambda path: (_rank(path), path)):
            source, _ = provenance_of(other.tree if path in new else self.tree, path)
            changes.append(PathChange(join(path), old.get(path), new.get(path), source))
        return changes

    def to_yaml(self, *, changes_only: bool = False) -> str:
        """Return the resolved scenario as a file that stands alone, or that extends what it was made from.

        Parameters
        ----------
        changes_only : bool
            `extends:` and what differs from that: from its file where there are variants or changed values,
            from the parent of its file otherwise. What is loaded from the text has the same hash.

        Raises
        ------
        CurbsimError
            When it extends nothing, or the differences cannot be written as changes.
        """
        if changes_only:
            return yaml_files.to_yaml(_changes_of(self))
        return yaml_files.to_yaml({k: v for k, v in self._with_told().items() if k not in FILE_SECTIONS})

    def _with_told(self) -> Tree:
        """Return the values with the title and question of what was changed."""
        words = {"title": self.title, "question": self.question}
        meta = self.tree.get("meta", {})
        told = {key: text for key, text in words.items() if meta.get(key)}
        return {**self.tree, "meta": {**meta, **told}} if told else self.tree

    def origin(self, path: str) -> str:
        """Return the place of a value as `file:line:column`."""
        keys = expand(self.tree, path)
        place = Layer(self.tree, self.origins).place(keys[0] if keys else tuple(path.split(".")))
        return str(place.problem((), "", ""))

    def __repr__(self) -> str:
        """Return the name, the short hash and what was changed."""
        return f"<Scenario {title_of(f'{self.name} {self.hash8}', self.changes)}>"

    def _repr_html_(self) -> str:
        return _card(self.name, self.title, self.question, self.document, self.hash8)


ScenarioLike: TypeAlias = Scenario | str | pathlib.Path  # a scenario, or the name or path of one


def as_scenario(given: ScenarioLike, of: str) -> Scenario:
    """Return the scenario that a public function was given, loaded when it is a name or a path.

    Examples
    --------
    >>> as_scenario("embargo_hf", "run").name
    'embargo_hf'
    >>> as_scenario(3, "run")
    Traceback (most recent call last):
    sim.errors.CurbsimError: run takes a scenario, not 3; write its name, its path or sim.load(NAME)
    """
    if isinstance(given, Scenario):
        return given
    if isinstance(given, str | pathlib.Path):
        return load(given)
    remedy = "write its name, its path or sim.load(NAME)"
    raise CurbsimError(f"{of} takes a scenario, not {arguments.shown(given)}; {remedy}")


@old_keywords
def load(name: str | pathlib.Path, *, changes: Mapping[str, object] | None = None) -> Scenario:
    """Load a scenario by name or path, with variants after plus signs and changed values by path.

    Raises
    ------
    ScenarioError
        With every mistake of the files at once.
    """
    return load_changed(name, changes or {}, "changes")


def load_changed(name: str | pathlib.Path, changes: Mapping[str, object], written: str) -> Scenario:
    """Load a scenario with changed values; `written` is how messages say where these were written."""
    if not isinstance(name, str | pathlib.Path):
        raise CurbsimError(f"load takes a name or a path, not {arguments.shown(name)}")
    arguments.by_path(written, changes, EXAMPLE_CHANGE)
    return _build(loading.resolve(name, changes, written))


def changed(scenario: Scenario, changes: Mapping[str, object], written: str) -> Scenario:
    """Return a scenario with changed values; `written` is how messages say where these were written."""
    arguments.by_path(written, changes, EXAMPLE_CHANGE)
    layer, problems = layering.with_changes(Layer(scenario.tree, scenario.origins), changes, written)
    history = scenario.history.after(scenario.tree, changes)
    resolved = loading.Resolved(
        scenario.name, layer, tuple(problems), scenario.files, history=history, made_from=scenario.made_from
    )
    return replace(_build(resolved, (scenario.tree, scenario.document)), texts=scenario.texts)


def from_tree(tree: Tree, *, name: str = "", changes: Mapping[str, object] | None = None) -> Scenario:
    """Make a scenario from plain maps, as a file would hold them.

    Examples
    --------
    >>> from_tree(EXAMPLE).name
    'example'
    """
    layer = loading.plain_layer(tree)
    name = name or str(get(tree, ("meta", "name"), "") or "scenario")
    layer, problems = layering.with_changes(layer, changes or {}, "changes")
    return _build(loading.Resolved(name, layer, tuple(problems)))


def check(paths: str | pathlib.Path | Iterable[str | pathlib.Path]) -> list[Problem]:
    """Return every mistake of the named scenario or scenarios and of each of their variants.

    Parameters
    ----------
    said : dict, optional
        Filled with what each scenario assumes (`meta.assumptions`).

    Examples
    --------
    >>> [str(problem) for problem in check(["no_such_scenario"])][0].partition(";")[0]
    "no_such_scenario: there is no scenario 'no_such_scenario'"
    """
    return list(in_order(problem for found in examine(paths) for problem in found.problems))


@dataclass(frozen=True)
class Examined:
    """A scenario or one of its variants after a check: its mistakes, and the document without them."""

    name: str
    problems: list[Problem]
    document: Document
    variant: bool = False


def examine(paths: str | pathlib.Path | Iterable[str | pathlib.Path]) -> Iterator[Examined]:
    """Yield the named scenarios, each before its variants, as they are after a check."""
    for path in [paths] if isinstance(paths, str | pathlib.Path) else paths:
        resolved = loading.with_defaults(loading.resolve(path))
        mistakes, document = _examine(resolved)
        yield Examined(str(path), mistakes, document)
        variants = resolved.layer.tree.get("variants")
        if mistakes or not isinstance(variants, dict):
            continue
        before = (resolved.layer.tree, document)
        for variant in variants:
            varied = loading.with_variants(resolved, [str(variant)])
            varied = loading.with_defaults(varied, before[0])
            yield Examined(f"{path}+{variant}", *_examine(varied, before), variant=True)


def provenance_of(tree: Tree, path: Path) -> tuple[str, str]:
    """Return source and status of a value: its own, or those of the nearest entry above it that has one.

    Examples
    --------
    >>> link = {"share": 1, "source": "press", "provenance": {"share": {"source": "estimate"}}}
    >>> provenance_of({"links": {"a": link}}, ("links", "a", "share"))
    ('estimate', '')
    """
    for length in range(len(path) - 1, 0, -1):
        entry = get(tree, path[:length])
        if not isinstance(entry, dict):
            continue
        for claim in (*_claims(entry, path[length:]), entry):
            if isinstance(claim.get("source"), str):
                return claim["source"], str(claim.get("status") or "")
    return "", ""


def _claims(entry: Tree, below: Path) -> list[Tree]:
    """Return the provenance that an entry gives of single values below it, the most exact path first."""
    claims = entry.get("provenance")
    keys = [join(below[:length]) for length in range(len(below), 0, -1)]
    return [claims[key] for key in keys if key in claims] if isinstance(claims, dict) else []


def _examine(
    resolved: loading.Resolved, before: tuple[Tree, Document] | None = None
) -> tuple[list[Problem], Document]:
    """Return every mistake of shape and of meaning, and the document without what is broken."""
    layer = resolved.layer
    checked = validate(layer, before)
    if not resolved.whole:
        # Without the parent everything seems to be missing: report only what is surely wrong.
        sure = [p for p in checked.problems if not p.wrong.endswith("is missing")]
        return [*resolved.problems, *(sure if layer.tree else ())], checked.document
    # All rules run on the entries whose shape is right, so that one mistake does not hide another.
    collector = ProblemCollector(checked, layer)
    for rules in (network, events, policy, releases, ranges):
        rules.check(collector)
    return [*resolved.problems, *checked.problems, *collector.collected], checked.document


def _build(resolved: loading.Resolved, before: tuple[Tree, Document] | None = None) -> Scenario:
    resolved = loading.with_defaults(resolved, before[0] if before else None)
    problems, document = _examine(resolved, before)
    if problems or not resolved.whole:
        raise ScenarioError(problems)
    layer = resolved.layer
    return Scenario(
        resolved.name,
        document,
        layer.tree,
        layer.places,
        resolved.files,
        history=resolved.history,
        made_from=resolved.made_from,
    )


def _card(name: str, title: str, question: str, document: Document, hash8: str) -> str:
    run = document.run
    counts = f"{len(document.facilities)} facilities, {len(document.links)} links"
    rows = "".join(
        f"<tr><td>{html.escape(key)}</td><td>{event.kind}</td><td>{event.role}</td>"
        f"<td>{event.date or ''}</td><td>{html.escape(event.title or event.note)}</td></tr>"
        for key, event in sorted(document.events.items(), key=lambda item: (str(item[1].date), item[0]))
    )
    head = "<tr><th>event</th><th>kind</th><th>role</th><th>date</th><th></th></tr>"
    return (
        f"<p><b>{html.escape(title)}</b> <code>{html.escape(name)} {hash8}</code><br>"
        f"{html.escape(question)}<br>{run.start} to {run.end}, {counts}</p>"
        f"{f'<table>{head}{rows}</table>' if rows else ''}"
    )


def _changes_of(scenario: Scenario) -> Tree:
    """Return what a file has to say that extends what a scenario was made from."""
    file, above = scenario.made_from
    is_as_written = not scenario.history.given and "+" not in scenario.name
    extends = (is_as_written and above) or file
    if not extends:
        wrong = f"{scenario.name} was made from maps, so that there is no file to extend"
        raise CurbsimError(f"{wrong}; write to_yaml() without changes_only")
    base = Layer(load(extends).tree, {})
    told = {key: value for key, value in scenario._with_told().items() if key != "extends"}
    own = delta({key: value for key, value in base.tree.items() if key != "extends"}, told)
    own = layering.with_ranges(own, told)
    merged, _ = layering.merge_settled(base, Layer(own, {}))
    if hashlib.sha256(canonical(merged.tree, {}).encode()).hexdigest() != scenario.hash:
        wrong = f"{scenario.name} cannot be written as changes of {extends}"
        raise CurbsimError(f"{wrong}; write to_yaml() without changes_only")
    return {"format": 1, "extends": extends, **own}


def _values(tree: Tree) -> dict[Path, object]:
    sections = {k: v for k, v in tree.items() if k not in ("meta", "variants", "extends", "uncertain")}
    ranges = tree.get("uncertain", {})
    return dict(leaves(sections)) | {("uncertain", key): _range_text(ranges[key]) for key in ranges}


def _rank(path: Path) -> int:
    """Return the place of a path among those that decide what can be compared, or a later one."""
    text = join(path)
    return COMPARABLE.index(text) if text in COMPARABLE else len(COMPARABLE)


def _range_text(entry: Tree) -> str:
    prose = ("source", "status", "note", "title", "replaced")
    given = [f"{key} {value}" for key, value in entry.items() if key not in prose]
    return "certain" if entry.get("fixed") else ", ".join(given)


EXAMPLE: Tree = {
    "format": 1,
    "meta": {"name": "example", "title": "One chain", "sources": {"estimate": {"title": "Illustrative"}}},
    "run": {"start": "2019-01-01", "end": "2019-12-31"},
    "materials": {"acid": {"unit": "t"}, "chip": {"unit": "wafer"}},
    "firms": {"maker": {"country": "JP"}, "fab": {"country": "KR"}},
    "facilities": {
        "plant": {"firm": "maker", "country": "JP", "makes": {"acid": {"headroom": "10 %"}}},
        "line": {
            "firm": "fab",
            "country": "KR",
            "makes": {"chip": {"headroom": "0 %", "inputs": {"acid": {"per_unit": "3 kg"}}}},
            "stocks": {"acid": {"cover": "30 days"}},
        },
    },
    "links": {
        "acid": {
            "from": "plant",
            "to": "line",
            "material": "acid",
            "share": 1.0,
            "lead_time": "7 days",
            "source": "estimate",
        }
    },
    "demand": {"chip": {"at": "line", "material": "chip", "rate": "1000 wafer/month"}},
}
