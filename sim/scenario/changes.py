"""What was changed of a scenario, in words: for titles, questions, captions and folder names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.scenario.inheritance.inherited_ranges import range_of
from sim.scenario.inheritance.relative_changes import change_at, read_change
from sim.scenario.layering import replaces, targets
from sim.scenario.paths import Path, Tree, get, join, leaves, split, walk
from sim.scenario.schema.field_types import FORM_KEYS
from sim.scenario.yaml_files import in_short, is_prose

UNTOLD = ("run.seed", "run.replications", "run.record", "run.record_replications")  # change no course
PROSE_SECTIONS = ("meta", "variants")
NOTES = ("source", "status", "note", "title")  # fields of entries
TOLD = 2  # changes that a title names; more are counted
LONGEST = 48  # characters of a value
ASKED = "who loses, how much and when?"


@dataclass(frozen=True, slots=True)
class History:
    """What a scenario was before values were changed, and these changes as they were written.

    Attributes
    ----------
    unchanged : dict
        The values before any change; empty where nothing was changed.
    given : dict of str to tuple of str
        Texts by path: the last value, and the relative changes after it.
    """

    unchanged: Tree = field(default_factory=dict)
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def after(self, tree: Tree, changes: Mapping[str, object]) -> History:
        """Return the history of a scenario with the values `tree`, once `changes` are laid over it."""
        given = dict(self.given)
        for path, value in changes.items():
            earlier = given.pop(path, ())
            given[path] = (*(earlier if _is_relative(tree, path, value) else ()), _text(value))
        return History(self.unchanged or tree, given)


def noted(history: History, after: Tree) -> dict[str, str]:
    """Return what was changed, as text by path; what has its old value again is no change.

    A relative change of one value is told by the value that it gives, several values by the changes in turn.

    Examples
    --------
    >>> before, after = ({"run": {"end": f"2019-12-{day}"}, "model": {"psi": 1}} for day in (10, 15))
    >>> noted(History().after(before, {"run.end": "+5 days", "model.psi": 1}), after)
    {'run.end': '2019-12-15 (was 2019-12-10)'}
    """
    told = {
        path: _told(path, texts, history.unchanged, after)
        for path, texts in history.given.items()
        if _is_told(path)
    }
    return {path: text for path, text in told.items() if text is not None}


def _told(pattern: str, texts: tuple[str, ...], before: Tree, after: Tree) -> str | None:
    """Return the text of one change; None where all that it stands for is as it was."""
    paths = dict.fromkeys(place.path for tree in (after, before) for place in targets(tree, pattern, {}))
    if all(_is_alike(before, after, path) for path in paths):
        return None
    chain = ", then ".join(texts)
    old, new = (get(tree, next(iter(paths))) for tree in (before, after))
    if len(paths) > 1 or new is None or isinstance(new, dict | list):
        return chain
    if read_change(texts[-1]) is None or old is None or isinstance(old, dict | list):
        return _text(new) if len(texts) == 1 and read_change(texts[0]) is None else chain
    return chain if old == new else f"{_text(new)} (was {_text(old)})"


def _is_alike(before: Tree, after: Tree, path: Path) -> bool:
    """Tell whether what stands at a path is the same in two scenarios, with all its ranges."""
    old, new = get(before, path), get(after, path)
    if old != new:
        return False
    if before.get("uncertain") == after.get("uncertain") or path[0] == "uncertain":
        return True
    return all(_range(before, (*path, *leaf)) == _range(after, (*path, *leaf)) for leaf in walk(new))


def _range(tree: Tree, path: Path) -> object:
    ranges = tree.get("uncertain", {})
    pattern = range_of(ranges, path)
    return None if pattern is None else in_short(ranges[pattern])


def _is_relative(tree: Tree, pattern: str, value: object) -> bool:
    return any(change_at(tree, place.path, value) is not None for place in targets(tree, pattern, value))


def _is_told(path: str) -> bool:
    keys = split(path)
    return path not in UNTOLD and keys[0] not in PROSE_SECTIONS and not is_prose(keys)


def _text(value: object) -> str:
    """Return a value as a title shows it: nothing where it was left out, a mark where it is a map."""
    if value is None or isinstance(value, Mapping):
        return "" if value is None else "{...}"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}..."


def listed(changes: Mapping[str, str], most: int = TOLD) -> str:
    """Return changes in words; those beyond the first few are counted.

    Examples
    --------
    >>> listed({"run.end": "2019-12-31", "events.curb": "", "model.psi": "1"})
    'run.end = 2019-12-31; events.curb left out; and 1 more'
    """
    texts = [_phrase(path, text) for path, text in changes.items()]
    more = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return "; ".join([*texts[:most], *more])


def _phrase(path: str, text: str) -> str:
    """Return one change in words: a value after a sign of equality, a relative change without."""
    if not text:
        return f"{path} left out"
    is_relative = read_change(text.partition(", then ")[0]) is not None
    return f"{path} {text}" if is_relative else f"{path} = {text}"


def title_of(title: str, changes: Mapping[str, str]) -> str:
    """Return the title of a scenario of which some values were changed.

    Examples
    --------
    >>> title_of("No acid", {"events.stop.until": "2019-08-01"})
    'No acid, changed: events.stop.until = 2019-08-01'
    """
    return f"{title}, changed: {listed(changes)}" if changes else title


def question_of(question: str, name: str, changes: Mapping[str, str]) -> str:
    """Return the question of a scenario of which some values were changed: no longer that of its file.

    Examples
    --------
    >>> question_of("What if no acid comes?", "no_acid", {"events.stop.until": "2019-08-01"})
    'As no_acid, but with events.stop.until = 2019-08-01: who loses, how much and when?'
    """
    return f"As {name}, but with {listed(changes)}: {ASKED}" if question and changes else question


def of_variant(tree: Tree) -> list[str]:
    """Return what a variant changes, path by path, without ranges and prose.

    Examples
    --------
    >>> of_variant({"events": {"curb": None}, "model": {"psi": 1, "note": "Why"}})
    ['events.curb: left out', 'model.psi: 1']
    """
    return [
        f"{join(path)}: {'left out' if value is None else value}"
        for path, value in leaves(tree)
        if path[0] != "uncertain" and path[-1] not in NOTES
    ]


def delta(old: Tree, new: Tree) -> Tree:
    """Return what has to be laid over `old` to have `new`, by the rules of layering.

    Examples
    --------
    >>> delta({"a": {"x": 1, "y": 2}, "b": 1}, {"a": {"x": 1, "y": 3}, "c": {"z": 1}})
    {'a': {'y': 3}, 'c': {'z': 1}, 'b': None}
    """
    changed: Tree = {}
    for key, value in new.items():
        before = old.get(key)
        if before == value:
            continue
        if not isinstance(value, dict) or not isinstance(before, dict) or replaces(before, value):
            changed[key] = value
        elif FORM_KEYS & set(value):  # numbers of one distribution stand together
            changed[key] = {**value, **dict.fromkeys(before.keys() - value.keys())}
        else:
            changed[key] = delta(before, value)
    return changed | dict.fromkeys(key for key in old if key not in new)


def of_child(parent: str, name: str, above: Tree, own: Tree) -> dict[str, str]:
    """Return title and question of a file that has none of its own: it must not pass for its parent.

    Parameters
    ----------
    parent, name : str
        Names of both scenarios.
    above, own : dict
        What the parent holds with all its parents, and what stands in the file itself.

    Examples
    --------
    >>> of_child("no_acid", "mine", {"meta": {"title": "No acid"}}, {"run": {"seed": 7}})
    {'title': 'No acid, as changed in mine'}
    """
    mine, theirs = (tree.get("meta") for tree in (own, above))
    mine, theirs = (meta if isinstance(meta, dict) else {} for meta in (mine, theirs))
    if set(own) <= {"format", *PROSE_SECTIONS}:
        return {}
    words = {
        "title": f"{theirs.get('title')}, as changed in {name}",
        "question": f"As {parent}, but with what {name} changes: {ASKED}",
    }
    return {key: text for key, text in words.items() if theirs.get(key) and not mine.get(key)}
