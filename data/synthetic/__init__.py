"""Synthetic releases of any size, for benchmarks."""
