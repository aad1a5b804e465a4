"""The coverage map of a selection, against mocpy's of the same positions."""

import io

import astropy.units as u
import pytest
from astropy.io import fits
from mocpy import MOC

from morph.errors import MorphError
from morph.export.coverage_file import coverage_file
from morph.geometry.sky_regions import Cone
from morph.selection.selection import Selection

WITHIN = Selection(sky=Cone(190, 50, 12))


@pytest.mark.parametrize("order", [3, 9, 14])
def test_the_map_is_that_of_the_selected_positions(shared_con, plain, order):
    condition = "degrees(acos(sin(radians(50)) * sin(radians(dec)) + cos(radians(50)) "
    condition += "* cos(radians(dec)) * cos(radians(ra - 190)))) <= 12"
    sql = f"SELECT ra, dec FROM {plain.table} WHERE {condition}"
    rows = shared_con.execute(sql).fetchnumpy()
    ra, dec = (u.Quantity(rows[name], u.deg) for name in ("ra", "dec"))
    expected = MOC.from_lonlat(ra, dec, max_norder=order)
    data = coverage_file(shared_con, plain, WITHIN, order=order)
    assert MOC.from_fits(io.BytesIO(data)) == expected
    text = coverage_file(shared_con, plain, WITHIN, order=order, form="json").decode()
    assert MOC.from_string(text, "json") == expected
    with fits.open(io.BytesIO(data)) as file:
        assert "within 12 deg of" in str(file[1].header["COMMENT"]).replace("\n", "")


def test_an_empty_selection_has_no_map(shared_con, plain):
    nobody = Selection(sky=Cone(10, -60, 1))
    with pytest.raises(MorphError, match="no selected galaxy has a position"):
        coverage_file(shared_con, plain, nobody, order=9)
