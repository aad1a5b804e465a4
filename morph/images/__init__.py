"""Cutout stores, rendering of cutouts, surveys and uploaded images."""
