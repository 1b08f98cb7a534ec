"""Run folders that were written before: their manifests, and what stands in a folder of them."""
