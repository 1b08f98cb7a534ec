"""Scores of forecasts: scales, proper scores, naive forecasts, coverage (docs/scores.md)."""
