"""Download the cutouts of a table's galaxies into a store: python -m data cutouts."""
