"""Runs that teach a model a question of one's own: settings, labels, results."""
