"""Benchmarks of cutouts: from the files of a survey to stores, pages and training."""
