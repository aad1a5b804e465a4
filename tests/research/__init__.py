"""Benchmarks whose questions are answered: docs/real_galaxies.md has the results."""
