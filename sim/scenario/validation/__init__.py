"""Checks of scenarios: shape first, then meaning; all mistakes at once, with their places."""
