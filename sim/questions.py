"""What a result can be asked whose answer is made on a higher floor: sentences, tables of the page, figures.

A result computes and stands below those who tell of it, so that it may not import them. It declares a
question by calling `ask` with a name; who answers is written as text, "module:function", as entry points of
packages are, and is imported when the question is first asked. `sim/__init__.py` registers all answers.
Python runs that file before any other part of `sim`, whatever is imported first and in every worker process,
so that no result is without its answers, and `import sim` imports none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

ANSWERS: dict[str, str] = {}


def register(answers: Mapping[str, str]) -> None:
    """Take in who answers, as "module:function" by the name of the question."""
    ANSWERS.update(answers)


def ask(question: str, about: object, *more: object, **named: object) -> Any:
    """Return the answer to a question about a result or a scenario; some questions say more.

    Raises
    ------
    LookupError
        When nobody has registered an answer.

    Examples
    --------
    >>> ask("Result.size", None)
    Traceback (most recent call last):
    LookupError: nobody answers 'Result.size'; register it in sim/__init__.py
    """
    if question not in ANSWERS:
        raise LookupError(f"nobody answers '{question}'; register it in sim/__init__.py")
    module, _, function = ANSWERS[question].partition(":")
    return getattr(import_module(module), function)(about, *more, **named)
