"""The numbers of a funnel, and cuts by percentage that ties widen."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.export.paper_text import paragraph
from morph.home import catalogue_path, workspace_path
from morph.release.folder import Manifest, write_release
from morph.selection.certainty.certainty import Surest
from morph.selection.funnel import excess, funnel
from morph.selection.selection import Selection
from morph.sky import iauname_from_position
from morph.trees.decision_tree import GZD5

GALAXIES = 200
FEATURED = "smooth-or-featured_featured-or-disk"


@pytest.fixture
def tied(tmp_path: Path):
    """A release of equal concentrations, but those of the first galaxy are lower."""
    ra, dec = np.linspace(130, 230, GALAXIES), np.full(GALAXIES, 40.0)
    galaxies = pd.DataFrame({"iauname": iauname_from_position(ra, dec)})
    galaxies = galaxies.assign(ra=ra, dec=dec)
    columns = [f"{label}_concentration" for label in GZD5.labels]
    alpha = np.full((GALAXIES, len(columns)), 4.0)
    alpha[0] = 2.0
    posteriors = pd.DataFrame(alpha, columns=columns)
    posteriors.insert(0, "iauname", galaxies["iauname"])
    manifest = Manifest("tied", "simulated", "bmz", "Equal concentrations", "", "")
    write_release(tmp_path / "releases" / "tied", manifest, galaxies, posteriors)
    path, workspace = catalogue_path(tmp_path), workspace_path(tmp_path)
    with connection.connect(path, workspace=workspace) as con:
        load_release(con, tmp_path / "releases" / "tied")
        yield con, release_table.release(con, "tied")


def lowest(percent: float) -> Selection:
    cut = Surest("concentration", FEATURED, percent, least=True)
    return Selection(certainty=(cut,), rule="off")


def test_a_cut_among_equal_values_says_that_it_keeps_them_all(tied):
    found = funnel(*tied, lowest(1))  # two galaxies: the lower one, and one of 199
    assert found.left == GALAXIES
    assert found.excess == GALAXIES / 2
    assert "200 of 200 galaxies are kept" in found.ties
    assert found.ties.startswith("Least certain 1% (Smooth or featured): ")
    text = paragraph(tied[1], lowest(1), found)
    assert "Galaxies with the value of the last one kept are kept too." in text


def test_a_cut_below_the_equal_values_keeps_its_fraction(tied):
    found = funnel(*tied, lowest(0.5))
    assert (found.left, found.excess, found.ties) == (1, 1.0, "")
    assert "kept too" not in paragraph(tied[1], lowest(0.5), found)


def test_different_values_keep_their_fraction(con, plain):
    """0.07 times 3000 is 210, though a little more than that in a computer."""
    for percent in (1, 7, 15):
        found = funnel(con, plain, lowest(percent))
        assert (found.left, found.excess) == (percent * 30, 1.0)
        assert found.ties == ""


@pytest.mark.parametrize(
    ("fraction", "kept", "of", "times"),
    [(0.01, 3, 300, 1), (0.01, 300, 300, 100), (0.01, 1, 5, 1), (0.15, 0, 0, 1)],
)
def test_the_excess_counts_whole_galaxies(fraction, kept, of, times):
    assert excess(fraction, kept, of) == times
