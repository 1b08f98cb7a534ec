"""The day step in C (kernel.c): built with gcc into a temporary folder and called with the same arguments."""

from __future__ import annotations

import ctypes
import pathlib
import subprocess
from typing import Any

import numpy as np

from sim.engine import state_rows
from sim.engine.state import Records

SOURCE = pathlib.Path(__file__).with_name("kernel.c")
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC", "-Wall", "-Werror")
MATRICES = (
    "processes", "process_ints", "inputs", "input_ints", "stocks", "stock_ints", "links", "link_ints",
    "demands", "demand_ints", "pools", "pool_ints", "ring", "line", "receipts", "lead_cdf", "options", "flags",
)  # fmt: skip
SIZES = (
    "n_processes", "n_inputs", "n_stocks", "n_links", "n_demands", "n_pools", "horizon", "line_length",
    "lead_width", "n_profiles", "kept", "kept_fully", "replication",
)  # fmt: skip


class World(ctypes.Structure):
    """Pointers to the matrices of a state and to its records, then their sizes."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in (*MATRICES, *Records._fields, "profile", "streams")),
        *((name, ctypes.c_int64) for name in SIZES),
    ]


class NativeKernel:
    """Stands in for `sim.engine.daystep.kernel`: the same `run_days`, in C."""

    def __init__(self, folder: pathlib.Path) -> None:
        names = {name: value for name, value in vars(state_rows).items() if isinstance(value, int)}
        header = "".join(f"#define {name} {value}\n" for name, value in sorted(names.items()))
        (folder / "rows.h").write_text(header, encoding="utf-8")
        library = folder / "kernel.so"
        subprocess.run(["gcc", *FLAGS, f"-I{folder}", str(SOURCE), "-o", str(library), "-lm"], check=True)
        self._run = ctypes.CDLL(str(library)).run_days
        self._run.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
        self._run.restype = ctypes.c_int64

    def run_days(self, *given: Any) -> int:
        """Take the arguments of the compiled day step and run the same days in C."""
        state, rest = given[: len(MATRICES)], given[len(MATRICES) :]
        parts, records, first, last, profile, streams, replication, _ = rest
        assert len(parts) == 1, "the whole network"
        world = point(dict(zip(MATRICES, state, strict=True)), records, profile, streams, replication)
        return int(self._run(ctypes.addressof(world), first, last))


def point(
    state: dict[str, Any], records: Records, profile: np.ndarray, streams: np.ndarray, replication: int
) -> World:
    """Collect the addresses and sizes of everything that the C step reads and writes."""
    arrays = {**state, **records._asdict(), "profile": profile, "streams": streams}
    for name, array in arrays.items():
        assert array.flags.c_contiguous, name
    sizes = {
        **{
            f"n_{name}": state[name].shape[1]
            for name in ("processes", "inputs", "stocks", "links", "demands", "pools")
        },
        "horizon": len(state["ring"]),
        "line_length": len(state["line"]),
        "lead_width": state["lead_cdf"].shape[1],
        "n_profiles": profile.shape[1],
        "kept": len(records.starts),
        "kept_fully": len(records.finished),
        "replication": replication,
    }
    return World(**{name: array.ctypes.data for name, array in arrays.items()}, **sizes)
