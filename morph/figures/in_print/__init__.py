"""Figures for print, drawn with matplotlib from what the pages show.

A chart is the plotly figure of a page and a plane is its scene, so that nothing is
computed again. matplotlib embeds its fonts and needs no browser. It is imported once a
figure is asked for, and these modules with it.
"""
