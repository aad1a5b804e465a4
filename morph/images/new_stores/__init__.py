"""Cutout stores that are made by runs: what is wanted, what it takes, how far it is."""
