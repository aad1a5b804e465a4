"""The selected galaxies: their rows, an order of them, its pages, and neighbours."""
