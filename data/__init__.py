"""Simulated surveys, published tables and the demonstration."""
