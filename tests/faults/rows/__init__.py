"""The faults, one module for each row of the table."""
