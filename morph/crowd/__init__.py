"""What many people said of a galaxy, weighed by how well each of them answers."""
