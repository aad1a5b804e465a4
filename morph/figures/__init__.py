"""Plotly figures, one module per figure or group of similar figures.

``words`` maps labels to answers in plain words, and ``titles`` questions to their
titles, both in the order of the panels or rows. Tables have the columns that the named
functions of `morph.analysis` or files of a run give them.
"""
