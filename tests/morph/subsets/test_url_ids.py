"""Regions are saved for links, and found by id."""

import pytest

from morph.catalogue import connection
from morph.errors import MorphError
from morph.geometry.regions import Region
from morph.subsets import url_ids
from tests.morph.drawing import MAP


@pytest.fixture
def con(tmp_path):
    path, beside = tmp_path / "c.duckdb", tmp_path / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        yield con


def test_regions_are_kept_exactly(con):
    drawn = (
        Region(MAP, ((0.1 + 0.2, 1e-17), (1 / 3, -2.5), (7.0, 8.0)), name="Région “A”"),
        Region(MAP, ((1.0, 2.0), (3.0, 4.0), (5.0, 7.0)), mode="remove", inverted=True),
    )
    found = url_ids.keep_regions(con, drawn)
    assert url_ids.kept_regions(con, found) == drawn
    assert url_ids.keep_regions(con, drawn[:1]) != found
    with pytest.raises(MorphError, match="there are no regions"):
        url_ids.kept_regions(con, "x' OR 1=1 --")
