"""FITS: nulls as stored, tables behind others, what headers state."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table as AstropyTable
from astropy.time import Time

from morph.errors import UnreadableTable
from morph.tables import Table, limits, open_table


@pytest.fixture
def written(tmp_path):
    """A FITS file of these HDUs."""

    def write(*hdus):
        path = tmp_path / "table.fits"
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path, overwrite=True)
        return path

    return write


def table_of(name: str = "", **columns) -> fits.BinTableHDU:
    """A binary table of numbers (D) and texts."""
    made = []
    for column, cells in columns.items():
        cells = np.array(cells)
        format = "D" if cells.dtype.kind in "if" else f"{cells.dtype.itemsize // 4}A"
        made.append(fits.Column(column, format, array=cells))
    return fits.BinTableHDU.from_columns(made, name=name or None)


def opened(path, score=None) -> Table:
    with open_table(path, score) as table:
        return table


def wants_ra(columns) -> int:
    return "ra" in columns


@pytest.mark.parametrize(
    ("format", "scale", "zero", "null", "stored", "values"),
    [
        ("J", 1e-5, 0.0, -1, [12000, -1, 3000], [0.12, np.nan, 0.03]),
        ("I", 0.001, 0.0, 0, [5000, 0, 1], [5.0, np.nan, 0.001]),
        # Unsigned: 0 is stored as -32768, and 32768 as 0.
        ("I", 1.0, 32768.0, -32768, [-32768, 0, -32767], [np.nan, 32768, 1]),
        ("B", 1.0, -128.0, 255, [255, 128, 127], [np.nan, 0, -1]),
        ("K", 2.0, 10.0, 12, [12, 1, 2], [np.nan, 12, 14]),
        ("D", 1.0, 10.0, None, [12.5, 1, 2], [22.5, 11, 12]),
        ("K", 1.0, 10.0, 12, [12, 1, 2], [np.nan, 11, 12]),
    ],
)
def test_a_null_is_compared_as_stored(
    format, scale, zero, null, stored, values, written
):
    hdu = table_of(ra=[1.0, 2.0, 3.0])
    kinds = {"J": "i4", "I": "i2", "B": "u1", "K": "i8", "D": "f8"}
    column = fits.Column("x", format, array=np.array(stored, kinds[format]))
    hdu = fits.BinTableHDU.from_columns([*hdu.columns, column])
    path = written(hdu)
    # Added to the header alone, so that astropy does not scale what it writes.
    with fits.open(path, mode="update", do_not_scale_image_data=True) as hdus:
        hdus[1].header.update({"TSCAL2": scale, "TZERO2": zero})
        if null is not None:
            hdus[1].header["TNULL2"] = null
    content = opened(path).read(["x"])
    np.testing.assert_allclose(content.numbers["x"], values)


def test_unsigned_ids_are_exact(written):
    ids = np.array([2**63 + 1, 2**64 - 1, 7], dtype=np.uint64)
    column = fits.Column("id", "K", bzero=2**63, array=ids)
    path = written(fits.BinTableHDU.from_columns([column]))
    found = opened(path).read([], ["id"]).texts["id"].tolist()
    assert found == ["9223372036854775809", "18446744073709551615", "7"]


def test_missing_integer_ids_are_empty_texts(written):
    column = fits.Column("id", "K", null=999999, array=np.array([5, 999999, 12]))
    path = written(fits.BinTableHDU.from_columns([column]))
    assert opened(path).read([], ["id"]).texts["id"].tolist() == ["5", "", "12"]


def test_logical_cells_without_a_value_are_missing(written):
    path = written(
        fits.BinTableHDU.from_columns(
            [fits.Column("q", "L", array=[True, False, True])]
        )
    )
    content = bytearray(path.read_bytes())
    at = content.rindex(b"TFT")
    content[at + 2] = 0
    path.write_bytes(content)
    found = opened(path).read(["q"], ["q"])
    np.testing.assert_array_equal(found.numbers["q"], [1, 0, np.nan])
    assert found.texts["q"].tolist() == ["true", "false", ""]


def test_an_ascii_table_is_read_and_its_blanks_are_missing(written):
    columns = [
        fits.Column("iauname", "A4", array=np.array(["J1", "J2"]), ascii=True),
        fits.Column("ra", "F8.3", array=np.array([1.5, 2.25]), ascii=True),
        fits.Column("n", "I6", array=np.array([7, -99]), null="-99", ascii=True),
    ]
    path = written(fits.TableHDU.from_columns(columns))
    found = opened(path).read(["ra", "n"], ["iauname", "n"])
    assert found.numbers["ra"].tolist() == [1.5, 2.25]
    np.testing.assert_array_equal(found.numbers["n"], [7, np.nan])
    assert found.texts["iauname"].tolist() == ["J1", "J2"]
    assert found.texts["n"].tolist() == ["7", ""]
    content = path.read_bytes()
    path.write_bytes(content.replace(b"   2.250", b"        "))
    np.testing.assert_array_equal(
        opened(path).read(["ra"]).numbers["ra"], [1.5, np.nan]
    )


def test_a_compressed_image_in_front_is_passed_over(written):
    image = fits.CompImageHDU(np.arange(900, dtype=np.int16).reshape(30, 30))
    path = written(image, table_of(ra=[1.0, 2.0]))
    assert opened(path).columns == ("ra",)
    with pytest.raises(UnreadableTable, match="without a table"):
        opened(written(image))


def test_the_table_that_is_wanted_most_is_read_and_others_are_named(written):
    first = table_of("GTI", START=[1.0], STOP=[2.0])
    path = written(first, table_of("CAT", ra=[1.0, 2.0]))
    assert opened(path).columns == ("START", "STOP")
    found = opened(path, wants_ra)
    assert found.read(["ra"]).numbers["ra"].tolist() == [1, 2]
    assert found.left_out == (
        "table 'GTI' (1 rows) was not read: its columns are START, STOP",
    )


def test_an_empty_table_gives_way_to_one_with_rows(written):
    empty = table_of("EMPTY", ra=np.empty(0))
    found = opened(written(empty, table_of("CAT", x=[1.0])), wants_ra)
    assert found.columns == ("x",)
    assert found.left_out == ()


def test_tables_with_the_same_columns_are_read_one_below_another(written):
    north = table_of("NORTH", iauname=["J1", "J2"], ra=[1.0, 2.0])
    south = table_of("SOUTH", ra=[3.0], iauname=["J3"])
    north.header["SURVEY"] = south.header["SURVEY"] = "decals"
    north.header["PROVEN"], south.header["PROVEN"] = "real", "demonstration"
    found = opened(written(north, south))
    content = found.read(["ra"], ["iauname"])
    assert content.rows == 3
    assert content.numbers["ra"].tolist() == [1, 2, 3]
    assert content.texts["iauname"].tolist() == ["J1", "J2", "J3"]
    assert found.left_out == ()
    assert found.header["SURVEY"] == "decals"
    assert "PROVEN" not in found.header  # it holds of no more than one of them


def test_the_same_columns_in_another_unit_or_frame_are_left_out(written):
    one, other = table_of("ONE", ra=[1.0]), table_of("OTHER", ra=[2.0])
    other.header["TUNIT1"] = "rad"
    found = opened(written(one, other))
    assert found.read(["ra"]).numbers["ra"].tolist() == [1]
    assert "its ra is in rad, not no unit" in found.left_out[0]
    other = table_of("OTHER", ra=[2.0])
    other.header["RADESYS"] = "FK4"
    (told,) = opened(written(one, other)).left_out
    assert told.endswith("is FK4, that of the table read is not stated")


def test_the_limits_of_rows_and_numbers_hold_for_all_tables_together(
    written, monkeypatch
):
    path = written(*(table_of(ra=np.arange(60.0)) for _ in range(2)))
    monkeypatch.setattr(limits, "MAX_ROWS", 100)
    with pytest.raises(UnreadableTable, match="120 rows"):
        opened(path).read(["ra"])
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_VALUES", 100)
    with pytest.raises(UnreadableTable, match="120 numbers"):
        opened(path).read(["ra"])


def test_a_later_table_that_is_cut_off_is_refused(written):
    path = written(table_of(ra=[1.0]), table_of(b=np.arange(2000.0)))
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(UnreadableTable, match="truncated"):
        opened(path)


def test_bytes_behind_the_last_table_do_no_harm(written):
    path = written(table_of(ra=[1.0]))
    path.write_bytes(path.read_bytes() + b"\0" * 5000)
    assert opened(path).read(["ra"]).rows == 1


@pytest.mark.parametrize(
    ("cards", "frame"),
    [
        ({}, ""),
        ({"RADESYS": "ICRS"}, "ICRS"),
        ({"RADESYS": "ICRS", "EQUINOX": 2000.0}, "ICRS"),
        ({"RADESYS": "FK4", "EQUINOX": 1950.0}, "FK4 B1950"),
        ({"RADECSYS": "FK5"}, "FK5"),
        ({"RADECSYS": "FK5", "EQUINOX": 1975.5}, "FK5 J1975.5"),
        ({"EQUINOX": 1950.0}, "FK4 B1950"),
        ({"EQUINOX": "J2000.0"}, "FK5 J2000"),
        ({"EPOCH": 1950.0}, "FK4 B1950"),
        ({"EPOCH": 2015.5}, ""),
    ],
)
def test_the_frame_is_as_the_header_states_it(cards, frame, written):
    hdu = table_of(ra=[1.0])
    hdu.header.update(cards)
    assert opened(written(hdu)).frame == frame


def test_an_image_in_front_says_nothing_of_the_frame(tmp_path):
    path, table = tmp_path / "table.fits", table_of(ra=[1.0])
    for data, frame in ((np.zeros((2, 2)), ""), (None, "FK5")):
        first = fits.PrimaryHDU(data)
        first.header["RADESYS"] = "FK5"
        fits.HDUList([first, table]).writeto(path, overwrite=True)
        assert opened(path).frame == frame


def test_units_and_entries_of_the_header_are_as_stated(written):
    hdu = table_of(ra=[1.0], dec=[2.0])
    hdu.header.update({"TUNIT1": "rad", "survey": "bmz", "NGAL": 3, "OK": True})
    found = opened(written(hdu))
    assert found.units == {"ra": "rad"}
    assert found.header == {"SURVEY": "bmz", "NGAL": "3", "OK": "True"}


def test_texts_of_numbers_are_numbers_and_others_are_refused_by_row(written):
    path = written(table_of(ra=["1.5", " ", "-2"], who=["a", "b", "c"]))
    np.testing.assert_array_equal(
        opened(path).read(["ra"]).numbers["ra"], [1.5, np.nan, -2]
    )
    with pytest.raises(UnreadableTable, match="'who' that is not a number: 'a' in row"):
        opened(path).read(["who"])


def test_texts_that_are_no_ascii_are_read(written):
    path = written(table_of(who=["aaaa", "b"]))
    path.write_bytes(path.read_bytes().replace(b"aaaa", "a\u00e9b".encode()))
    found = opened(path).read([], ["who"])
    assert found.texts["who"].tolist() == ["a\u00e9b", "b"]


@pytest.mark.parametrize("frame", ["fk4", "galactic"])
def test_the_frame_of_a_skycoord_of_astropy_is_that_of_its_columns(frame, tmp_path):
    path = tmp_path / "table.fits"
    sky = SkyCoord([184.675, 10.5], [11.7318, -0.5], unit="deg").transform_to(frame)
    seen = Time([59000.0, 59001.0], format="mjd")
    AstropyTable({"seen": seen, "sky": sky, "ra": [1.0, 2], "dec": [3.0, 4]}).write(
        path
    )
    table = opened(path)
    longitude = "sky.l" if frame == "galactic" else "sky.ra"
    assert table.frame_of(longitude).lower().startswith(frame)
    assert table.frame_of("ra") == ""
    expected = sky.l.deg if frame == "galactic" else sky.ra.deg
    np.testing.assert_allclose(table.read([longitude]).numbers[longitude], expected)


def test_an_equinox_of_0_says_nothing(written):
    hdu = table_of(ra=[1.0], dec=[2.0])
    hdu.header["EQUINOX"] = 0.0
    assert opened(written(hdu)).frame == ""


def test_texts_of_varying_length_are_read(written):
    names = np.array(["J1", "a longer name"], dtype=object)
    hdu = fits.BinTableHDU.from_columns([fits.Column("name", "PA()", array=names)])
    assert opened(written(hdu)).read([], ["name"]).texts["name"].tolist() == [*names]
