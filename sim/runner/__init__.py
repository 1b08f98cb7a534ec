"""Running replications: draws, pairs of runs, processes, clusters, checkpoints."""
