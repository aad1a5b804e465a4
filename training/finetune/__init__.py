"""Teach a model a question of one's own from a few hundred labels."""
