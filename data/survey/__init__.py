"""Measure a survey from its cutouts: python -m data survey."""
