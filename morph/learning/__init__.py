"""Learn a question of one's own from labels: models on features, scores, releases."""
