"""The decision tree and the statistics of its posteriors and vote fractions."""
