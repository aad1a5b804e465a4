"""Benchmarks: each prints a table, and with --check fails where a goal is missed."""
