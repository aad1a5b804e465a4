"""A download as a run: it fetches a published catalogue and writes its release."""
