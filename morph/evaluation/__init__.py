"""Errors, deviance, coverage and reliability of posteriors against votes."""
