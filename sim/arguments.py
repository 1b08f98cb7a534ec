"""What public functions take: arguments of another kind are told in words, with what to write."""

from __future__ import annotations

import functools
import inspect
import operator
import os
import shlex
from collections.abc import Callable, Collection, Mapping
from typing import Any, ParamSpec, TypeVar

from sim.errors import CurbsimError, nearest

LONGEST = 60  # characters of a value that a message repeats
P = ParamSpec("P")
T = TypeVar("T")


class ArgumentError(CurbsimError, TypeError):
    """A public function was called with too few, too many or other arguments than it has."""


def shown(value: object) -> str:
    """Return a value as a message shows it, cut where it is long."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # a whole number of thousands of digits
        return "this number"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def command_word(text: object) -> str:
    """Return an argument of a command as it is typed, in quotes where it needs some.

    Examples
    --------
    >>> command_word("supplier=node1"), command_word("supplier=Supplier Name")
    ('supplier=node1', '"supplier=Supplier Name"')
    """
    word = str(text)
    if shlex.quote(word) == word:
        return word
    return shlex.quote(word) if set(word) & set('"$`\\!') else f'"{word}"'  # Windows knows double quotes only


def whole_number(name: str, value: Any, *, least: int, most: int | None = None, example: int = 200) -> int:
    """Return a whole number that an argument gives; numbers of numpy count, too.

    Examples
    --------
    >>> whole_number("replications", 20, least=1)
    20
    >>> whole_number("replications", 1.5, least=1)
    Traceback (most recent call last):
    sim.errors.CurbsimError: replications is 1.5; write a whole number, such as 200
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        quotes = " without quotes" if isinstance(value, str) else ""
        raise CurbsimError(f"{name} is {shown(value)}; write a whole number{quotes}, such as {example}")
    if number < least:
        raise CurbsimError(f"{name} is {number:,}; write {least} or more")
    if most is not None and number > most:
        raise CurbsimError(f"{name} is {number:,}; write at most {most:,}")
    return number


def choice(name: str, value: Any, known: Collection[str]) -> None:
    """Raise when an argument is none of what is known.

    Examples
    --------
    >>> choice("method", "sobl", ("sobol", "morris"))
    Traceback (most recent call last):
    sim.errors.CurbsimError: unknown method 'sobl'; did you mean 'sobol'?
    """
    if not isinstance(value, str) or value not in known:
        near = nearest(value, known) if isinstance(value, str) else None
        remedy = f"did you mean '{near}'?" if near else f"write one of {', '.join(known)}"
        raise CurbsimError(f"unknown {name} {shown(value)}; {remedy}")


def flag(name: str, value: Any) -> None:
    """Raise when an argument is neither True nor False."""
    if value is not True and value is not False:
        raise CurbsimError(f"{name} is {shown(value)}; write True or False")


def function(name: str, value: Any) -> None:
    """Raise when an argument is neither a function nor left out."""
    if value is not None and not callable(value):
        raise CurbsimError(f"{name} is {shown(value)}; write a function, or leave it out")


def folder(name: str, value: Any) -> None:
    """Raise when an argument is no folder, nothing that keeps what is finished, and not left out."""
    if value is not None and not isinstance(value, str | os.PathLike) and not hasattr(value, "checkpoint"):
        raise CurbsimError(f"{name} is {shown(value)}; write the folder of run folders, or leave it out")


def by_path(name: str, value: Any, example: str) -> None:
    """Raise when an argument is no map from paths."""
    if not isinstance(value, Mapping) or not all(isinstance(path, str) for path in value):
        raise CurbsimError(f"{name} is {shown(value)}; write values by path, such as {example}")


def lists_by_path(name: str, value: Any, example: str) -> None:
    """Raise when an argument is no map from paths to lists of values; a text is not a list of letters."""
    by_path(name, value, example)
    for path, values in value.items():
        if isinstance(values, str | Mapping) or not hasattr(values, "__len__"):
            wrong = f"{name}: {path} has {shown(values)}, which is not a list"
            raise CurbsimError(f"{wrong}; write its values in brackets, such as {example}")


def known_keywords(of: Callable[..., Any], known: Collection[str], given: Collection[str]) -> None:
    """Raise when a function is called with a keyword that it does not know."""
    for name in given:
        if name not in known:
            near = nearest(name, known)
            remedy = f"did you mean {near}=?" if near else f"known are {', '.join(sorted(known))}"
            raise ArgumentError(f"{of.__name__}: unexpected keyword argument '{name}'; {remedy}")


def called_as(remedy: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a public function tell how to call it where its arguments do not fit.

    Examples
    --------
    >>> called_as("write half(4)")(lambda number: number / 2)()
    Traceback (most recent call last):
    sim.arguments.ArgumentError: <lambda>: missing a required argument: 'number'; write half(4)
    """

    def tell(function: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args: P.args, **given: P.kwargs) -> T:
            try:
                signature.bind(*args, **given)
            except TypeError as error:
                raise ArgumentError(f"{function.__name__}: {error}; {remedy}") from None
            return function(*args, **given)

        return checked

    return tell
