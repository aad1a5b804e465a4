"""The domain: decision tree, posteriors, selections, releases, the catalogue."""
