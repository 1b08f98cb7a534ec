"""Worlds from elsewhere: edge lists, graphs, input-output tables, and made-up networks."""

from sim.importers.edges import from_edges
from sim.importers.generated import generate
from sim.importers.graphs import from_graph
from sim.importers.input_output import from_input_output

__all__ = ["from_edges", "from_graph", "from_input_output", "generate"]
