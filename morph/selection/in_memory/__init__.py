"""Selections of a release that is in memory: masks of steps, histograms of cells."""
