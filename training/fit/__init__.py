"""The training loop, and the fit of a source model on votes."""
