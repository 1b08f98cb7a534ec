"""SimPy processes of users: the world as they see it, and what identifies them."""

from __future__ import annotations

import datetime
import functools
import hashlib
import inspect
import sys
import sysconfig
import traceback
import types
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import simpy

from sim.engine import regimes
from sim.engine.events import licences
from sim.engine.simulation import Licence, Simulation
from sim.errors import CurbsimError, did_you_mean, quoted
from sim.scenario.schema.field_types import Distribution, distribution, factor_of
from sim.units import days

OwnProcess = Callable[[simpy.Environment, "World"], Generator[simpy.Event, Any, None]]


def guarded(process: OwnProcess, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, Any]:
    """Run a process and look at what it waits for.

    Raises
    ------
    CurbsimError
        When it yields what is no event; SimPy's own message names neither process nor remedy.
    """
    generator = process(env, world)
    step = functools.partial(next, generator)
    while True:
        try:
            event = step()
        except StopIteration as end:
            return end.value
        except (TypeError, ValueError) as error:
            _tell_delay(generator, error)
            raise
        if not isinstance(event, simpy.Event):
            wrong = f"{_place(generator)}: yields {quoted(event)}, which is no event"
            raise CurbsimError(f"{wrong}; write {_remedy(event)}")
        try:
            step = functools.partial(generator.send, (yield event))
        except BaseException as error:  # an interrupt, or the failure of what it waits for
            step = functools.partial(generator.throw, error)


def _tell_delay(generator: Any, error: Exception) -> None:
    """Raise in words where SimPy was asked to wait for what is no number of days."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if frames[-1][0].f_code is not simpy.Timeout.__init__.__code__:
        return
    delay = frames[-1][0].f_locals["delay"]
    line = next(number for frame, number in frames if frame.f_code is generator.gi_code)
    try:
        remedy = f"env.timeout({abs(days(delay)):g})"
    except ValueError:
        remedy = "env.timeout(30)" if isinstance(delay, str) else "env.timeout(0) or more"
    wrong = f"{generator.__name__}, line {line}: env.timeout({delay!r}) is no wait"
    raise CurbsimError(f"{wrong}; write {remedy}: days as a number") from None


def _place(generator: Any) -> str:
    return f"{generator.__name__}, line {generator.gi_frame.f_lineno}"


def _remedy(event: object) -> str:
    if isinstance(event, int | float):
        return f'yield env.timeout({event}) to wait so many days, or yield world.until("2019-09-01")'
    if isinstance(event, str | datetime.date):
        return f'yield world.until("{event}")'
    return 'yield env.timeout(10) to wait ten days, or yield world.until("2019-09-01")'


class World:
    """One replication while it runs, with every stock, link, process and demand under its name.

    Attributes
    ----------
    stocks, links, processes, demands : tuple of str
        All names there are.
    env : simpy.Environment
        Time is in days since the start of the run.
    """

    def __init__(self, simulation: Simulation) -> None:
        network = simulation.network
        self.env = simulation.env
        self.stocks, self.links = network.stocks, network.links
        self.processes, self.demands = network.processes, network.demands
        self._simulation = simulation
        self._places = {
            what: {name: i for i, name in enumerate(names)}
            for what, names in (
                ("stock", network.stocks),
                ("link", network.links),
                ("process", network.processes),
                ("demand", network.demands),
            )
        }

    def _at(self, what: str, name: str) -> int:
        """Return the index of a name, or raise with the nearest known one."""
        places = self._places[what]
        if name not in places:
            raise CurbsimError(f"unknown {what} '{name}'; {did_you_mean(name, places)}")
        return places[name]

    # reading ----------------------------------------------------------------------------------

    def stock(self, name: str) -> float:
        """Return what is at hand of a stock (`"fab/acid"`)."""
        return float(self._simulation.state.stock[self._at("stock", name)])

    def transit(self, name: str) -> float:
        """Return what is on its way to a stock."""
        return float(self._simulation.state.transit[self._at("stock", name)])

    def cover(self, name: str) -> float:
        """Return a stock in days of baseline use; inf where nothing uses it."""
        need = float(self._simulation.network.arrays.need[self._at("stock", name)])
        return self.stock(name) / need if need > 0.0 else float("inf")

    def credit(self, link: str) -> float:
        """Return what may still be shipped on a link; inf where no licence is needed."""
        index, state = self._at("link", link), self._simulation.state
        return float(state.credit[index]) if state.controlled[index] else float("inf")

    def shipped(self, link: str) -> float:
        """Return yesterday's shipment on a link."""
        return float(self._simulation.state.shipped[self._at("link", link)])

    def regime(self, link: str) -> str:
        """Return the strictest regime that is in force on a link."""
        return self._simulation.regimes[self._at("link", link)].name

    def finished(self, process: str) -> float:
        """Return the finished goods of a process (`"fab/chip"`)."""
        return float(self._simulation.state.finished[self._at("process", process)])

    def output(self, process: str) -> float:
        """Return what a process completed yesterday."""
        return float(self._simulation.state.output[self._at("process", process)])

    # writing ----------------------------------------------------------------------------------

    def set_capacity(self, process: str, owner: str, factor: float | str | None) -> None:
        """Let `owner` multiply the capacity of a process (`1.2`, `"120 %"`); None takes it back."""
        number = _factor("set_capacity", factor)
        self._simulation.set_factor("process", (self._at("process", process),), owner, number)

    def set_demand(self, demand: str, owner: str, factor: float | str | None) -> None:
        """Let `owner` multiply a final demand (`1.2`, `"120 %"`); None takes it back."""
        number = _factor("set_demand", factor)
        self._simulation.set_factor("demand", (self._at("demand", demand),), owner, number)

    def set_cover(self, stock: str, days: float) -> None:
        """Set the cover that a stock aims at."""
        self._simulation.state.cover[self._at("stock", stock)] = days

    def set_regime(self, link: str, owner: str, regime: str | None) -> None:
        """Put a link under a regime on behalf of `owner`, beside what events hold there; None takes it back.

        Bulk and special bulk lift the licence duties of the link, no embargo and no quota.
        """
        index = self._at("link", link)
        if regime is None:
            regimes.lift(self._simulation, index, owner)
            return
        if regime not in licences.APPLY:
            raise CurbsimError(f"unknown regime '{regime}'; {did_you_mean(regime, licences.APPLY)}")
        if not self._simulation.network.origin(index):
            raise CurbsimError(
                f"the link {link} comes from an outside source; write until: to end its purchase"
            )
        regimes.push(self._simulation, index, licences.make_regime(regime, owner))

    def grant(self, link: str, amount: float) -> None:
        """Let a quantity pass all curbs of a link but shared quotas; lots of the office go first."""
        index, simulation = self._at("link", link), self._simulation
        if not simulation.state.controlled[index]:
            raise CurbsimError(f"the link {link} needs no licence now; set a regime on it first")
        now = simulation.now
        simulation.licences.append(Licence(link=index, filed=now, amount=amount, decided=now, usable=now))
        simulation.state.credit[index] += amount

    def buy(self, link: str, amount: float) -> None:
        """Ask for an amount on a link beyond the usual orders."""
        self._simulation.want_extra(self._at("link", link), amount)

    def note(self, what: str, targets: int = 1) -> None:
        """Enter something into the log of events."""
        self._simulation.note(what, "own", targets)

    # chance and time --------------------------------------------------------------------------

    def uniform(self, name: str, count: int = 0) -> float:
        """Return a uniform draw that depends on seed, replication, name and count alone."""
        return self._simulation.uniform(name, count)

    def draw(self, law: object, name: str, count: int = 0) -> float:
        """Return days drawn from a law, written as in a file (`{"mean": "20 days", "cv": 0.5}`)."""
        known = law if isinstance(law, Distribution) else distribution(law)
        return self._simulation.draw(known, name, count)

    def day_of(self, date: str | datetime.date) -> int:
        """Return the day number of a date."""
        return self._simulation.day_of(datetime.date.fromisoformat(date) if isinstance(date, str) else date)

    def until(self, day: float | str | datetime.date, *, ending: bool = False) -> simpy.Event:
        """Wait until a day or date; endings come before all else of that moment."""
        time = self.day_of(day) if isinstance(day, str | datetime.date) else day
        return self._simulation.until(time, ending=ending)

    def cover_below(self, stock: str, days: float) -> simpy.Event:
        """Wait for the morning after the cover of a stock is below `days`."""
        return self._simulation.cover_below((self._at("stock", stock),), days)


def _factor(of: str, factor: object) -> float | None:
    """Return a factor as files write it: the same numbers are refused."""
    if factor is None:
        return None
    try:
        return factor_of(float(factor) if isinstance(factor, np.number) else factor)
    except ValueError as error:
        raise CurbsimError(f"{of}: {error}") from None


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
    digester = hashlib.sha256()
    for part in _parts(function, set()):
        digester.update(len(part).to_bytes(8, "little") + part)
    return digester.hexdigest()[:16]


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
