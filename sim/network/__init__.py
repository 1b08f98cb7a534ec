"""Networks: worlds compiled to frozen arrays."""

from sim.network.arrays import Arrays, Network
from sim.network.compile import compile_network

__all__ = ["Arrays", "Network", "compile_network"]
