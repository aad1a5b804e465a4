"""Regions, the ternary plane and densities: numbers only."""
