"""Processes that users bring: how they travel between Python processes, and what the hash sees of them."""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle

from sim.engine import OwnProcess
from sim.errors import CurbsimError


@dataclass(frozen=True)
class UserProcesses:
    """Generators `f(env, world)`; pickled by value where the standard pickle would give up."""

    functions: tuple[OwnProcess, ...] = ()

    def __post_init__(self) -> None:
        for function in self.functions:
            called = function.func if isinstance(function, functools.partial) else function
            inner = called if inspect.isroutine(called) else type(called).__call__
            if not inspect.isgeneratorfunction(inner):
                wrong = f"'{name_of(function)}' is not a generator function"
                raise CurbsimError(f"{wrong}; write def f(env, world): with a yield in it")

    def __reduce__(self) -> tuple[Callable[[bytes], UserProcesses], tuple[bytes]]:
        """Travel as the bytes of cloudpickle."""
        return _unpack, (cloudpickle.dumps(self.functions),)

    @property
    def digests(self) -> list[str]:
        """Return the name of each process with a digest of its code and of all that it refers to."""
        return [f"{name_of(function)} {digest(function)}" for function in self.functions]


def _unpack(code: bytes) -> UserProcesses:
    return UserProcesses(cloudpickle.loads(code))


def name_of(function: Any) -> str:
    """Return what to call a process."""
    if isinstance(function, functools.partial):
        return name_of(function.func)
    return str(getattr(function, "__name__", type(function).__name__))


def digest(function: object) -> str:
    """Return a short digest of a function: its source, defaults, and the values and helpers it names."""
    found = hashlib.sha256()
    for part in _parts(function, set()):
        found.update(len(part).to_bytes(8, "little") + part)
    return found.hexdigest()[:16]


def _parts(value: Any, seen: set[int]) -> Iterator[bytes]:
    """Yield the bytes that say what a value is, functions by what they do and not by where they are."""
    if id(value) in seen:
        return
    if isinstance(value, types.ModuleType):
        yield value.__name__.encode()
    elif isinstance(value, type | types.FunctionType) and _installed(value):
        yield f"{value.__module__}.{value.__qualname__}".encode()
    elif isinstance(value, type):
        yield inspect.getsource(value).encode()
    elif isinstance(value, functools.partial):
        seen.add(id(value))
        yield from _all((value.func, value.args, value.keywords), seen)
    elif isinstance(value, types.MethodType):
        yield from _all((value.__func__, value.__self__), seen)
    elif isinstance(value, types.FunctionType):
        seen.add(id(value))
        yield from _function(value, seen)
    elif callable(value) and hasattr(value, "__dict__"):
        seen.add(id(value))
        yield from _all((type(value).__call__, vars(value)), seen)
    else:
        yield cloudpickle.dumps(value)


def _all(values: tuple[Any, ...], seen: set[int]) -> Iterator[bytes]:
    for value in values:
        yield from _parts(value, seen)


def _function(function: types.FunctionType, seen: set[int]) -> Iterator[bytes]:
    code = function.__code__
    yield from _code(code)
    names = inspect.getclosurevars(function)
    for part in (function.__defaults__, function.__kwdefaults__):
        yield cloudpickle.dumps(part)
    for name, value in sorted({**names.globals, **names.nonlocals}.items()):
        yield name.encode()
        yield from _parts(value, seen)


def _code(code: types.CodeType) -> Iterator[bytes]:
    """Yield what a function does, without the places that its lines have in a file."""
    yield code.co_code
    yield repr((code.co_names, code.co_varnames, code.co_freevars)).encode()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code(constant)
        else:
            known = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
            yield repr(known).encode()


def _installed(value: type | types.FunctionType) -> bool:
    """Tell whether something comes from Python or an installed package: its version is in the manifest."""
    module = sys.modules.get(value.__module__)
    place = getattr(module, "__file__", None)
    if place is None:
        return value.__module__ != "__main__"
    return any(Path(place).is_relative_to(path) for path in set(sysconfig.get_paths().values()))
