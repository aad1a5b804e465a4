"""The report page and model card of a finished run."""
