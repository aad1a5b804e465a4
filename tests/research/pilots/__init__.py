"""Pilot studies on few real galaxies; `__main__` says what they are."""
