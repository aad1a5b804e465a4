"""Downloads from local servers that fail, by processes that die: what is lost."""
