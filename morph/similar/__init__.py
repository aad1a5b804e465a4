"""Similarity by features: the index, queries and paths between galaxies."""
