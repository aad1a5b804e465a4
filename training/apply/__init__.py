"""Predict, evaluate, extract features, and write a release."""
