"""Runs that fetch data and train nothing: their kinds, and how one is begun."""
