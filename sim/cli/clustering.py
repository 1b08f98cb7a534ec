"""The command that starts a cluster on this machine, for trying."""

from __future__ import annotations

import logging
import signal
import threading

from sim.cli.output import say
from sim.errors import CurbsimError
from sim.words import counted


def cluster_command(workers: int, port: int) -> None:
    """Start a scheduler and workers, print the address, and end them on Ctrl-C."""
    try:
        from distributed import LocalCluster
    except ImportError as error:
        raise CurbsimError("a cluster needs Dask; write pip install 'curbsim[cluster]'") from error
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the workers inherit: this process ends them
    try:
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            scheduler_port=port,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError) as error:
        raise CurbsimError(
            f"port {port}: no cluster can be started there ({error}); write another --port"
        ) from error
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with cluster:
        say(f"{counted(workers, 'worker')}; use them from another terminal, Ctrl-C here ends them:")
        print(f"curbsim run curbs_2019 --cluster {cluster.scheduler_address}", flush=True)
        stop.wait()
    say("ended")
