"""Commands on positions: cross-matches of releases and tables, coverage maps."""
