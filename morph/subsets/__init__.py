"""Saved subsets, their combination, and lists of galaxies matched to a release."""
