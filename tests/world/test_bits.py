"""The bits of a baseline do not depend on the processor."""

from __future__ import annotations

import os
import subprocess
import sys

BITS = """
import hashlib
import sim
from sim.network import compile_network
network = compile_network(sim.load("korea_2019").document)
print(hashlib.sha256(b"".join(array.tobytes() for array in network.arrays)).hexdigest())
"""


def test_the_compiled_world_has_the_same_bits_with_every_blas_kernel() -> None:
    digests = set()
    for kernel in ("Prescott", "Haswell"):  # without and with fused multiply-add
        environment = {**os.environ, "OPENBLAS_CORETYPE": kernel}
        done = subprocess.run([sys.executable, "-c", BITS], env=environment, capture_output=True, text=True)
        digests.add(done.stdout or done.stderr)
    assert len(digests) == 1
    assert len(digests.pop().strip()) == 64
