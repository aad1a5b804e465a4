"""What pages compute from a selection: numbers, no figures."""
