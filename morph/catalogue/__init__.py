"""The DuckDB catalogue: opening, loading, releases in it, and the workspace."""
