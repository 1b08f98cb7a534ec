"""Signals to stop act as Ctrl-C does, never in the middle of a pool, and say how a command ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from sim import signals


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(signals, "_received", [])
    before = {number: signal.getsignal(number) for number in signals.STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", signals.STOPS)
@pytest.mark.usefixtures("restored")
def test_a_signal_is_put_off_not_lost(number: int) -> None:
    signals.stop_as_ctrl_c()
    reached = False
    with pytest.raises(KeyboardInterrupt):
        with signals.postponed():
            os.kill(os.getpid(), number)
            reached = True
    assert reached
    assert signals.exit_code(130) == 128 + number


@pytest.mark.usefixtures("restored")
def test_what_is_ignored_stays_ignored() -> None:
    """Under nohup a closed terminal does not stop the command."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.stop_as_ctrl_c()
    os.kill(os.getpid(), signal.SIGHUP)
    assert signals.exit_code(0) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are not forked")
@pytest.mark.parametrize("room", ["plots.saving", "runner.parallel"])
def test_a_parent_that_is_killed_leaves_no_worker(room: str) -> None:
    words = (
        f"import multiprocessing, time; from sim.{room} import _begin\n"
        "def work(): _begin(None); print('ready', flush=True); time.sleep(600)\n"
        "worker = multiprocessing.get_context('fork').Process(target=work); worker.start(); worker.join()\n"
    )
    with subprocess.Popen([sys.executable, "-c", words], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        workers = psutil.Process(parent.pid).children()
        parent.kill()
    assert len(workers) == 1
    assert psutil.wait_procs(workers, timeout=20)[1] == []
