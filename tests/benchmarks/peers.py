"""Other simulators, each in a virtual environment of its own, made on first use below `.venv/peers`.

BoARIO is under the GPL: it is called as a program, and none of its code is here. Its wheel declares no
dependencies, so they are named.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

ROOT = pathlib.Path(__file__).parents[2]
PROGRAMS = pathlib.Path(__file__).parent / "programs"
INSTALLING = 300  # seconds
ONE_CORE = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Peer:
    """A simulator from PyPI: its name, what to install, and the program that runs it."""

    name: str
    packages: tuple[str, ...]

    @property
    def folder(self) -> pathlib.Path:
        return ROOT / ".venv" / "peers" / self.name

    @property
    def python(self) -> pathlib.Path:
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    def installed(self) -> bool:
        """Make the environment unless it is there; return whether it is."""
        stamp = self.folder / "installed"
        wanted = "\n".join(self.packages)
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return True
        print(f"installing {self.name} into {self.folder}", flush=True)
        make = [sys.executable, "-m", "venv", "--clear", str(self.folder)]
        fill = [str(self.python), "-m", "pip", "install", "--quiet", *self.packages]
        try:
            for command in (make, fill):
                subprocess.run(command, check=True, timeout=INSTALLING, capture_output=True)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"{self.name} cannot be installed ({error}): it is left out", flush=True)
            return False
        stamp.write_text(wanted, encoding="utf-8")
        return True

    def ask(self, task: str, work: dict[str, Any], timeout: float) -> dict[str, Any] | None:
        """Return what the program of the peer answers; None when it takes too long."""
        with tempfile.TemporaryDirectory() as folder:
            given, found = pathlib.Path(folder, "work.json"), pathlib.Path(folder, "answer.json")
            given.write_text(json.dumps({"task": task} | work), encoding="utf-8")
            command = [str(self.python), str(PROGRAMS / f"run_{self.name}.py"), str(given), str(found)]
            try:
                done = subprocess.run(
                    command, check=False, timeout=timeout, capture_output=True, text=True, env=ONE_CORE
                )
            except subprocess.TimeoutExpired:
                return None
            if done.returncode:
                raise RuntimeError(f"{self.name} failed:\n{done.stderr[-2000:]}")
            answer: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
            return answer


STOCKPYL = Peer("stockpyl", ("stockpyl==1.0.2",))
BOARIO = Peer("boario", ("boario==0.7.2", "numpy", "pandas", "progressbar2", "pymrio"))
SUPPLYNETPY = Peer("supplynetpy", ("supplynetpy==0.5.1",))
DEEPBULLWHIP = Peer("deepbullwhip", ("deepbullwhip==0.4.1",))
PEERS = {peer.name: peer for peer in (STOCKPYL, BOARIO, SUPPLYNETPY, DEEPBULLWHIP)}
