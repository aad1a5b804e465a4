"""Simulated galaxies observed by simulated surveys."""
