"""Telling of results: one class of tables, which every form shares; the page and sentences move in here."""
