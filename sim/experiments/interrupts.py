"""Ctrl-C while others work: it is put off to a moment at which nothing is left half-way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[Callable[[], None]]:
    """Put Ctrl-C off; yield a function that lets it act where it may, at the latest when this ends.

    In the middle of a pool it would leave locks of its futures held, and a pool like that never ends.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: None
        return
    came: list[int] = []

    def heed() -> None:
        if came:
            came.clear()
            before(signal.SIGINT, None)

    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, before)
        heed()
