"""What is wrong with a user's input: problems with a place, their errors, and words of messages."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

LISTED_NAMES = 18  # of what is known, in a message
LONGEST_NAME = 200  # letters of a name, an id or a title
REPEATED_LETTERS = 60  # of a value, in a message
ENDLESS_WORD = re.compile(r"\S{200,}")  # no name that anyone would write


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what is wrong, and what to write instead.

    Attributes
    ----------
    file : str
        The file as the user knows it; `--set` for a value that came from the command line.
    line : int
        Counted from 1; 0 when the problem is not about one line.
    column : int or str
        Counted from 1; the name of the column in a CSV table.
    path : str
        The dotted path of the value, empty when the problem is about a whole file.
    wrong, remedy : str
        What is wrong; what to write.

    Examples
    --------
    >>> str(Problem("world.yaml", 3, 5, "run.start", "'soon' is not a date", "write 2019-07-04"))
    "world.yaml:3:5: run.start: 'soon' is not a date; write 2019-07-04"
    """

    file: str
    line: int
    column: int | str
    path: str
    wrong: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return `file:line:column: path: what is wrong; what to write`."""
        column = self.column or ""
        place = ":".join(str(part) for part in (self.file, self.line or "", column) if part)
        path = "" if str(column) == self.path else self.path
        text = f"{self.wrong}; {self.remedy}" if self.remedy else self.wrong
        line = ": ".join(part for part in (place, _cut(path), _cut(text)) if part)
        return "".join(sign if sign.isprintable() else " " for sign in line)

    def sort_key(self) -> tuple[str, int, int, str]:
        """Return what problems are sorted by: file, line, column, text."""
        column = self.column if isinstance(self.column, int) else 0
        return (self.file, self.line, column, f"{self.column} {self.path} {self.wrong}")


class CurbsimError(Exception):
    """Whatever a user of curbsim can put right; shown without a traceback by the command."""


class ScenarioError(CurbsimError):
    """A scenario has mistakes; all of them are in `problems`, sorted by place.

    Examples
    --------
    >>> ScenarioError([Problem("a.yaml", 1, 1, "run", "end is missing")]).problems[0].line
    1
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        """Keep the problems when the error travels between processes."""
        return (ScenarioError, (self.problems,))


class LeftOutWarning(UserWarning):
    """Something that shows a result could not be made; the numbers are saved."""


def left_out(what: str, make: Callable[[], object]) -> None:
    """Make something that a result is looked at by; where it fails, say that it is left out, and go on."""
    try:
        make()
    except Exception as error:  # whatever a title, a font or a disk does to a figure, numbers stay
        warn_left_out(what, error)


def warn_left_out(what: str, error: Exception) -> None:
    """Say that something a result is looked at by could not be made, and why."""
    reason = " ".join(str(error).split()) or type(error).__name__
    warnings.warn(f"{what} ({reason}); all else is there", LeftOutWarning, stacklevel=3)


class PartialRunWarning(UserWarning):
    """A run was stopped by the user; its result holds what was finished until then."""


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems sorted by place, each once."""
    return tuple(sorted(set(problems), key=Problem.sort_key))


def _cut(text: str) -> str:
    return ENDLESS_WORD.sub(lambda word: f"{word[0][:REPEATED_LETTERS]}...", text)


def quoted(value: object) -> str:
    """Return a value as a message shows it: in quotes, cut where it is long; maps and lists by name.

    Examples
    --------
    >>> quoted("soon"), quoted(3), quoted([1])
    ("'soon'", "'3'", 'a list')
    """
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) > 10**REPEATED_LETTERS:
        return "this number"
    text = str(value)
    return f"'{text[:REPEATED_LETTERS]}...'" if len(text) > REPEATED_LETTERS else f"'{text}'"


def listed(parts: Sequence[str]) -> str:
    """Join words: a, b and c.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def named(names: Iterable[object], most: int) -> str:
    """Return the first of some names and how many there are besides.

    Examples
    --------
    >>> named(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    words = [str(name) for name in names]
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that an unknown one resembles, None when it resembles none.

    The same words in another order come first.

    Examples
    --------
    >>> nearest("hf_embargo", ["embargo_all", "embargo_hf", "hf_embargoes"])
    'embargo_hf'
    """
    names = sorted(set(known))
    words = _sorted_words(word)
    lower = {name.lower(): name for name in names}
    near = [name for name in names if _sorted_words(name) == words]
    near = near or difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    near = near or [lower[name] for name in difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)]
    return near[0] if near else None


def _sorted_words(name: str) -> list[str]:
    return sorted(re.split(r"[\W_]+", name.lower()))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return what to write instead of an unknown word: the nearest known one, or a list of them.

    Examples
    --------
    >>> did_you_mean("harbou", ["harbour", "airport"])
    "did you mean 'harbour'?"
    >>> did_you_mean("x", ["harbour", "airport"])
    "known are 'airport', 'harbour'"
    """
    names = sorted(set(known))
    near = nearest(word, names)
    if near is not None:
        return f"did you mean '{near}'?"
    if not names:
        return "none is known here"
    shown = ", ".join(f"'{name}'" for name in names[:LISTED_NAMES])
    return f"known are {shown}{' and others' if len(names) > LISTED_NAMES else ''}"
