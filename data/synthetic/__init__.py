"""Synthetic releases of any size, for benchmarks and tests."""
