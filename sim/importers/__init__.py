"""Worlds from elsewhere: edge lists, graphs, input-output tables, and made-up networks."""

from sim.importers.edges import from_edges, from_graph, from_input_output
from sim.importers.generated import generate

__all__ = ["from_edges", "from_graph", "from_input_output", "generate"]
