"""Runs that are Slurm jobs: submitted, watched, ended, and requeued from inside."""
