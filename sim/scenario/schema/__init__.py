"""The scenario format: sections, kinds of events, types of fields, and paths into them."""
