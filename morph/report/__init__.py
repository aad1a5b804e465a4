"""A run told once it has been carried out: its record, plots, page and model card."""
