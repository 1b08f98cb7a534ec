"""The model of MODEL.md in plain SimPy and plain floats: slow, readable, and independent of the engine."""

from tests.oracle.run import run

__all__ = ["run"]
