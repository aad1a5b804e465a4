"""Runs that are jobs of Slurm: submitted, watched, ended, and requeued from inside."""
