"""Start, watch and cancel runs, and their configuration."""
