"""Readers of the tables in files of each format."""
