"""IPAC, MRT and SExtractor tables keep their units, nulls and entries."""

import numpy as np
import pytest

from morph.errors import UnreadableTable
from morph.tables import open_table
from morph.tables.readers import text_formats

IPAC = """\\survey='bmz'
\\ A comment of it
|iauname|ra    |dec    |
|char   |double|double |
|       |rad   |deg    |
|null   |null  |null   |
 J1      1.5    2.5
 J2      null   -0.5
"""
MRT = """Title: Galaxies
Authors: A. Author
Table: Their places
================================================================================
Byte-by-byte Description of file: table.txt
--------------------------------------------------------------------------------
   Bytes Format Units Label   Explanations
--------------------------------------------------------------------------------
   1-  2 A2     ---   iauname Name
   4-  6 F3.1   rad   ra      ?="" Right ascension
   8- 11 F4.1   deg   dec     Declination
--------------------------------------------------------------------------------
J1 1.5  2.5
J2     -0.5
"""
SEXTRACTOR = """#   1 IAUNAME  Name
#   2 ra       Right ascension  [rad]
#   3 dec      Declination      [deg]
J1 1.5 2.5
J2 nan -0.5
"""


@pytest.mark.parametrize(
    ("format", "written"),
    [("IPAC", IPAC), ("MRT", MRT), ("SExtractor", SEXTRACTOR)],
)
def test_a_table_that_describes_its_columns_is_read(format, written, tmp_path):
    path = tmp_path / "table.txt"
    path.write_text(written)
    with open_table(path) as table:
        assert table.format == format
        name, ra, dec = table.columns
        assert table.units[ra] == "rad" and table.units[dec] == "deg"
        found = table.read([ra, dec], [name])
    np.testing.assert_array_equal(found.numbers[ra], [1.5, np.nan])
    assert found.numbers[dec].tolist() == [2.5, -0.5]
    assert found.texts[name].tolist() == ["J1", "J2"]
    if format == "IPAC":
        assert table.header["SURVEY"] == "bmz"


def test_one_that_astropy_does_not_understand_is_told(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text(IPAC.replace("double", "dooble", 1))
    with pytest.raises(UnreadableTable, match="IPAC"), open_table(path):
        pass


def test_a_large_one_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(text_formats, "_MAX_BYTES", 10)
    monkeypatch.setattr(text_formats.ascii, "read", None)
    path = tmp_path / "table.txt"
    path.write_text(IPAC)
    with pytest.raises(UnreadableTable, match="text table of"), open_table(path):
        pass
