"""A selection as a value: its conditions, SQL, funnel, address and recipe."""
