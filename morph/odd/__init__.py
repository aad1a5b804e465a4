"""Galaxies whose features are unlike those of the others, before anybody rates them."""
