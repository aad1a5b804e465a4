"""A survey: its TOML file, its part of the sky, and those shipped with morph."""
