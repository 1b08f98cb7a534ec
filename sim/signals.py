"""Signals that ask a command to stop: Ctrl-C, SIGTERM of the system, SIGHUP of a closed terminal."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_received: list[int] = []


def stop_as_ctrl_c() -> None:
    """Let every signal to stop do what Ctrl-C does; one that is ignored, as under nohup, stays so."""
    for number in STOPS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def exit_code(code: int) -> int:
    """Return how a command ends: as its last signal says (143, 129), or with a code when none came."""
    return 128 + _received[-1] if _received else code


def leave_to_parent() -> None:
    """Set up a worker: SIGTERM ends it, as its pool expects, the parent alone answers to other signals.

    A parent that is killed leaves no worker.
    """
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def postponed() -> Iterator[Callable[[], None]]:
    """Put signals to stop off; yield a function that lets them act, which they do at the latest at the end.

    In the middle of a pool they would leave locks of its futures held, and a pool like that never ends.
    """
    before = {number: signal.getsignal(number) for number in STOPS}
    handlers = {number: handler for number, handler in before.items() if callable(handler)}
    if threading.current_thread() is not threading.main_thread() or not handlers:
        yield lambda: None
        return
    came: list[int] = []

    def heed() -> None:
        if came:
            number = came[0]
            came.clear()
            handlers[number](number, None)

    for number in handlers:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield heed
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        heed()
