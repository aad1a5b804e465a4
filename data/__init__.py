"""Data in: demonstration surveys, published tables, downloads."""
