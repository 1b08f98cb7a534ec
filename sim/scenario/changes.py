"""What was changed of a scenario, in words: for titles, questions, captions and folder names."""

from __future__ import annotations

from collections.abc import Mapping

from sim.scenario.layering import replaces
from sim.scenario.paths import Tree, join, leaves
from sim.scenario.schema.field_types import FORM_KEYS

UNTOLD = ("run.seed", "run.replications", "run.record", "run.record_replications")  # change no course
PROSE_SECTIONS = ("meta", "variants")
NOTES = ("source", "status", "note", "title")  # fields of entries
TOLD = 2  # changes that a title names; more are counted
LONGEST = 48  # characters of a value
ASKED = "who loses, how much and when?"


def noted(
    before: Tree, after: Tree, given: Mapping[str, object], earlier: Mapping[str, str]
) -> dict[str, str]:
    """Return what was changed, as text by path: what was changed earlier, then what is changed now.

    Parameters
    ----------
    before, after : dict
        The values of the scenario; when they are alike, nothing was changed.
    given : dict of str to object
        Values by path as the user wrote them.

    Examples
    --------
    >>> noted({"run": {"end": 1}}, {"run": {"end": 2}}, {"run.end": 2, "run.seed": 7}, {"model.psi": "1"})
    {'model.psi': '1', 'run.end': '2'}
    """
    if {**before, "meta": None} == {**after, "meta": None}:
        return dict(earlier)
    told = {path: _text(value) for path, value in given.items() if _is_told(path)}
    return {path: text for path, text in earlier.items() if path not in told} | told


def _is_told(path: str) -> bool:
    return path not in UNTOLD and path.partition(".")[0] not in PROSE_SECTIONS


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
    texts = [f"{path} = {text}" if text else f"{path} left out" for path, text in changes.items()]
    more = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return "; ".join([*texts[:most], *more])


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
