"""The statistics of posteriors and vote fractions."""
