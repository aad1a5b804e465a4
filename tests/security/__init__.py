"""Attacks on the dashboard, each tried for real: ``python -m tests.security``."""
