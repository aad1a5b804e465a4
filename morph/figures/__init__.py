"""Plotly figures and images of numbers that are computed elsewhere."""
