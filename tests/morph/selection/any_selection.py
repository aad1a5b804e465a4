"""Selections of every kind, drawn by hypothesis."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from morph.catalogue.release_table import TAIL_THRESHOLDS
from morph.selection.certainty.certainty import MOST_CONDITIONS, Spread, Surest, Tail
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5
from tests.morph.sky_by_hand import cones, polygons

MANY = settings(max_examples=200)
FEW = settings(max_examples=60)
FRACTIONS = st.integers(0, 20).map(lambda n: n / 20) | st.floats(0, 1)
RANGES = st.tuples(FRACTIONS, FRACTIONS).map(lambda pair: tuple(sorted(pair)))
LABELS = st.sampled_from(GZD5.labels)
# Not up to 1: a tail of 1 less the last digit is 1 to one formula and not to another.
TAILS = st.builds(Tail, LABELS, st.sampled_from(TAIL_THRESHOLDS), st.floats(0, 0.999))
SPREADS = st.builds(Spread, LABELS, st.floats(0, 0.5) | st.floats(0.05, 0.3))
PERCENTAGES = st.builds(
    Surest,
    st.sampled_from(["variance", "concentration"]),
    LABELS,
    st.integers(1, 100).map(float),
    st.booleans(),
)
CERTAINTY = st.lists(TAILS | SPREADS | PERCENTAGES, max_size=MOST_CONDITIONS).map(tuple)
MEASURED = st.dictionaries(
    st.sampled_from(["ra", "dec", "mag_r", "radius_arcsec", "redshift"]),
    st.builds(
        lambda ends, keep: Limit(min(ends), max(ends), keep),
        st.tuples(st.floats(-10, 300), st.floats(-10, 300))
        | st.tuples(st.floats(0, 0.2), st.floats(0, 20)),
        st.booleans(),
    ),
    max_size=2,
)
# Where the synthetic galaxies are.
PLACE = {"ra": st.floats(110, 270), "dec": st.floats(32, 80)}
SELECTIONS = st.builds(
    Selection,
    limits=st.dictionaries(LABELS, RANGES, max_size=3),
    rule=st.sampled_from(["largest", "asked", "off"]),
    asked=FRACTIONS,
    certainty=CERTAINTY,
    physical=MEASURED,
    sky=st.none() | cones(**PLACE) | polygons(**PLACE),
)
VOTED = st.builds(
    lambda selection, number: replace(selection, least_votes=number),
    SELECTIONS,
    st.integers(0, 40),
)
AGREED_ON = st.builds(
    Selection,
    limits=st.dictionaries(LABELS, RANGES, max_size=1),
    rule=st.just("off"),
    certainty=st.lists(
        st.builds(Surest, st.just("information"), LABELS, st.floats(1, 100)),
        min_size=1,
        max_size=2,
    ).map(tuple),
)
