"""The demonstration: plan, steps, build and console."""
