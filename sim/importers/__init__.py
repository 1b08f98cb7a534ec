"""Worlds from elsewhere: edge lists, graphs, input-output tables, and made-up networks."""

from sim.generating import generate
from sim.importing import from_edges, from_graph, from_input_output

__all__ = ["from_edges", "from_graph", "from_input_output", "generate"]
