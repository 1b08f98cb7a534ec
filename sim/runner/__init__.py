"""Running replications: what they are asked to do and how."""
