"""Conditions of certainty on answers: values, text, and steps of a selection."""
