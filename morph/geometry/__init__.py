"""Regions, ternary coordinates and densities."""
