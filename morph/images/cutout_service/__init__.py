"""Cutouts from a survey's service over HTTP, as the Legacy Surveys viewer offers it."""
