"""Experiments: running scenarios, comparing them, sweeping values, drawing what is uncertain."""
