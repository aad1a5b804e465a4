"""A selection matched to another release by position."""

import numpy as np

from morph.analysis.matched_releases import match_releases, same_names
from morph.geometry.sky_regions import Cone
from morph.selection.selection import Selection

WITHIN = Selection(sky=Cone(190, 50, 20))


def test_a_release_matched_to_itself_has_every_name_again(shared_con, plain):
    matched = match_releases(shared_con, plain, plain, WITHIN, radius_arcsec=0.1)
    rows = matched.table().to_pandas()
    assert 100 < len(rows) < 3000
    assert (rows["name_a"] == rows["name_b"]).all()
    assert same_names(matched) == matched.counts()["matched"] == len(rows)
    np.testing.assert_allclose(rows["separation_arcsec"], 0, atol=1e-6)
    assert matched.facts()["pairs"] == "the nearest"


def test_all_pairs_are_those_within_the_radius_of_each(shared_con, plain):
    wide = {"radius_arcsec": 1800.0, "all_pairs": True}
    matched = match_releases(shared_con, plain, plain, WITHIN, **wide)
    rows = matched.table().to_pandas()
    assert same_names(matched) == rows["best"].sum() < len(rows)
    assert (
        rows["candidates"]
        .groupby(rows["row_a"])
        .first()
        .equals(rows.groupby("row_a")["row_b"].count().rename("candidates"))
    )
