"""Start, watch and cancel a run, and what a run is configured with."""
