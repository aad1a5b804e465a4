"""Models of answers and ratings on features, and what their posteriors tell."""
