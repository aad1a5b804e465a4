"""Files that were once read wrongly or refused without a good reason."""
