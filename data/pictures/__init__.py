"""Cutout stores from folders of images."""
