"""FITS images of galaxies: read with their headers, and written."""
