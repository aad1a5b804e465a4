"""Cutouts from coadds of the Legacy Surveys on disk, which come in bricks of 0.25°."""
