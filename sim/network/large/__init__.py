"""Worlds in tables: edge lists and firms, up to millions."""
