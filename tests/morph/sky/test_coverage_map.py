"""Coverage maps: read in all forms, refused in words, written and read again."""

import io
import json

import numpy as np
import pytest
from astropy.io import fits
from mocpy import MOC

from morph.errors import MorphError
from morph.sky.cones import healpix_29
from morph.sky.coverage_map import (
    as_file,
    contains,
    in_ranges,
    merged,
    of_cells,
    parse_moc,
    sky_deg2,
)
from morph.sky.uploaded_map import read_map


def example() -> MOC:
    return MOC.from_string("3/10-20 5/7 29/0-3")


def as_fits(**how) -> fits.HDUList:
    return example().serialize("fits", **how)


def file_of(hdus: fits.HDUList) -> bytes:
    out = io.BytesIO()
    hdus.writeto(out)
    return out.getvalue()


def test_all_forms_are_the_same_map():
    expected = example().to_depth29_ranges.astype(np.int64)
    older = as_fits(v1_compatible=True)
    assert older[1].header["ORDERING"] == "NUNIQ"
    for data in (
        file_of(as_fits()),
        file_of(older),
        example().to_string("json").encode(),
        example().to_string("ascii").encode(),
    ):
        assert parse_moc(data).tolist() == expected.tolist()


def test_a_written_map_is_read_again_and_by_mocpy():
    rng = np.random.default_rng(3)
    ra, dec = rng.uniform(0, 360, 500), np.degrees(np.arcsin(rng.uniform(-1, 1, 500)))
    ranges = of_cells(healpix_29(ra, dec), 7)
    assert contains(ranges, ra, dec).all()
    assert not contains(ranges, np.array([np.nan]), np.array([0.0])).any()
    for form in ("fits", "json"):
        assert parse_moc(as_file(ranges, 7, form=form)).tolist() == ranges.tolist()
    theirs = MOC.from_fits(io.BytesIO(as_file(ranges, 7, form="fits")))
    assert theirs.max_order == 7
    assert sky_deg2(ranges) == pytest.approx(theirs.sky_fraction * 41252.96, rel=1e-6)
    with pytest.raises(MorphError, match="order of a coverage map is 19"):
        of_cells(healpix_29(ra, dec), 19)


def test_ranges_that_touch_or_overlap_become_one():
    assert merged(np.array([[8, 9], [0, 4], [2, 3], [4, 6]])).tolist() == [
        [0, 6],
        [8, 9],
    ]
    assert merged(np.empty((0, 2))).tolist() == []
    assert in_ranges(
        np.array([[0, 6], [8, 9]]), np.array([-1, 0, 5, 6, 8, 9])
    ).tolist() == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


def changed(**header) -> bytes:
    hdus = as_fits()
    hdus[1].header.update(header)
    return file_of(hdus)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "cannot be read"),
        (b"hello", "expected a coverage map"),
        (b'{"3": [1, 2, 99999999]}', "not on the sky"),
        (b'{"3": [true]}', "not all whole numbers"),
        (b'{"3": 7}', "cannot be read"),
        (b"3/768", "not on the sky"),
        (b"7", "'' is no order"),
        (b"3/5-2", "ends before it begins"),
        (json.dumps({"99": [1]}).encode(), "cannot be read"),
        (changed(COORDSYS="G"), "COORDSYS is 'G', and ICRS"),
        (changed(ORDERING="SORTED"), "expected NUNIQ or RANGE"),
        (changed(MOCDIM="TIME"), "the sky alone"),
        (changed(MOCDIM="TIME.SPACE"), "the sky alone"),
        (file_of(fits.HDUList([fits.PrimaryHDU(np.zeros((9, 9)))])), "cannot be read"),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(data, says):
    with pytest.raises(MorphError, match=says):
        parse_moc(data)


def test_an_uploaded_map_is_read_in_a_process_with_limits():
    data = file_of(as_fits())
    assert read_map(data, "a.fits").tolist() == parse_moc(data).tolist()
    for wrong, says in (
        (b"3/", "covers no part of the sky|cannot be read"),
        (b"not a map", "a.txt is not a usable coverage map: it cannot be read"),
        (data[:3000], "cannot be read"),
        (b"x" * 20_000_001, "at most 20 MB can be uploaded"),
    ):
        with pytest.raises(MorphError, match=says):
            read_map(wrong, "a.txt")
