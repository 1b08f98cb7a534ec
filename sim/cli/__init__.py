"""The command `curbsim`: parse, call the API, print."""

from sim.cli.app import main

__all__ = ["main"]
