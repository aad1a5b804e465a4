"""From survey images to a release: fit, adapt, predict."""
