"""The kinds of events: one process a kind, one file a family."""
