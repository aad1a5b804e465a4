"""Evaluate posteriors against votes: errors, deviance, coverage, reliability."""
