"""Runs on a real Slurm of one node: ``python -m tests.slurm``."""
