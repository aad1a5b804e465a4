"""Downloads from a service that misbehaves, by processes that are killed."""
