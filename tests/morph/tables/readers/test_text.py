"""Text tables: how they are laid out, their lists, and large ones."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import Table as AstropyTable
from astropy.time import Time

from morph.errors import UnreadableTable
from morph.tables import Table, open_table
from morph.tables.readers import text


@pytest.fixture
def opened(tmp_path):
    def open_one(content: str | bytes) -> Table:
        path = tmp_path / "table.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_table(path) as found:
            return found

    return open_one


LAYOUTS = {
    "commas": "name,ra,dec\nJ1,10.5,-0.5\nJ2,200.25,3\n",
    "spaces behind commas": "name, ra, dec\nJ1, 10.5, -0.5\nJ2, 200.25, 3\n",
    "quotes behind spaces": 'name, ra, dec\n"J1", 10.5, -0.5\n"J2", 200.25, 3\n',
    "tabs, Windows": "name\tra\tdec\r\nJ1\t10.5\t-0.5\r\nJ2\t200.25\t3\r\n",
    "old Mac": "name,ra,dec\rJ1,10.5,-0.5\rJ2,200.25,3\r",
    "decimal commas": "name;ra;dec\nJ1;10,5;-0,5\nJ2;200,25;3\n",
    "decimal commas, tabs": "name\tra\tdec\nJ1\t10,5\t-0,5\nJ2\t200,25\t3\n",
    "aligned": "name     ra   dec\n  J1   10.5  -0.5\n  J2 200.25     3\n",
    "tabs and spaces": "name  \t ra \tdec\nJ1 \t10.5  -0.5\nJ2\t  200.25  3\n",
    "header behind #": "# made by hand\n# name ra dec\nJ1 10.5 -0.5\nJ2 200.25 3\n",
    "header behind #, aligned": "# name ra     dec\n  J1   10.5   -0.5\n"
    "  J2   200.25 3\n",
    "header behind #, commas": "#name,ra,dec\nJ1,10.5,-0.5\nJ2,200.25,3\n",
    "notes in front": "# one\n\n# two words here\nname,ra,dec\nJ1,10.5,-0.5\n"
    "J2,200.25,3",
    "Markdown": "| name | ra | dec |\n|---|---|---|\n| J1 | 10.5 | -0.5 |\n"
    "| J2 | 200.25 | 3 |\n",
    "psql": " name | ra | dec\n------+----+-----\n J1 | 10.5 | -0.5\n"
    " J2 | 200.25 | 3\n",
    "bars": "|name|    ra|dec |\n|  J1|  10.5|-0.5|\n|  J2|200.25|   3|\n",
    "as Excel begins": "sep=;\nname;ra;dec\nJ1;10,5;-0,5\nJ2;200,25;3\n",
    "Fortran": "% made by it\n% name ra dec\nJ1 1.05D+01 -5.d-1\nJ2 200.25 3\n",
    "units behind #": "#name,ra,dec\n#[-],[deg],[deg]\nJ1,10.5,-0.5\nJ2,200.25,3\n",
    "minus signs": "name,ra,dec\nJ1,10.5,\u22120.5\nJ2,200.25,3\n",
    "byte order mark": "\ufeffname,ra,dec\nJ1,10.5,-0.5\nJ2,200.25,3\n",
    "units below": "name,ra,dec\n,deg,deg\nJ1,10.5,-0.5\nJ2,200.25,3\n",
    "RDB": "# made\nname\tra\tdec\n2S\tN\tN\nJ1\t10.5\t-0.5\nJ2\t200.25\t3\n",
    "rows numbered by R": '"name" "ra" "dec"\n"1" "J1" 10.5 -0.5\n"2" "J2" 200.25 3\n',
    "rows numbered by pandas": "  name     ra  dec\n0   J1  10.50 -0.5\n"
    "1   J2 200.25  3.0\n",
    "rows that end with a comma": "name,ra,dec\nJ1,10.5,-0.5,\nJ2,200.25,3,\n",
    "no-break spaces": "name,\u00a0ra,dec\u00a0\nJ1,10.5,-0.5\nJ2,200.25,3\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_table(layout, opened):
    found = opened(LAYOUTS[layout]).read(["ra", "dec"], ["name"])
    assert found.texts["name"].tolist() == ["J1", "J2"]
    assert found.numbers["ra"].tolist() == [10.5, 200.25]
    assert found.numbers["dec"].tolist() == [-0.5, 3]


def test_units_and_a_rule_may_stand_below_the_header(opened):
    found = opened(
        "#VizieR\n\nname\tra\tdec\n\th\tdeg\n----\t---\t---\n"
        "J1\t1.5\t2\nJ2\t \t3\n#END\n"
    )
    assert found.units == {"ra": "h", "dec": "deg"}
    content = found.read(["ra", "dec"], ["name"])
    np.testing.assert_array_equal(content.numbers["ra"], [1.5, np.nan])
    assert content.numbers["dec"].tolist() == [2, 3]


def test_units_may_stand_behind_the_sign_of_a_comment(opened):
    found = opened("# name ra dec\n# [-] [rad] [deg]\nJ1 1.5 2\n")
    assert found.columns == ("name", "ra", "dec")
    assert found.units == {"name": "-", "ra": "rad", "dec": "deg"}


def test_commas_in_lists_beside_decimal_commas_are_refused(opened):
    table = opened("ra;a\n1,5;[1,5 2,5]\n2,5;[3,5 4,5]\n")
    with pytest.raises(UnreadableTable, match="decimal commas"):
        table.read(["a"])
    spaced = opened("ra;a\n1,5;[1 2]\n2,5;[3.5 4]\n")
    assert spaced.read(["a"]).numbers["a"].tolist() == [[1, 2], [3.5, 4]]


def test_more_spaces_than_commas_do_not_make_columns(opened):
    found = opened("ra, dec, a mag of many words\n1, 2, 17\n3, 4, 18\n")
    assert found.columns == ("ra", "dec", "a mag of many words")
    assert found.read(["dec"]).numbers["dec"].tolist() == [2, 4]


def test_columns_of_fixed_width_may_be_empty(opened):
    written = (
        "name     ra   dec\n  J1   10.5      \n  J2         -0.5\n  J3 200.25     3\n"
    )
    found = opened(written).read(["ra", "dec"], ["name"])
    np.testing.assert_array_equal(found.numbers["ra"], [10.5, np.nan, 200.25])
    np.testing.assert_array_equal(found.numbers["dec"], [np.nan, -0.5, 3])
    assert found.texts["name"].tolist() == ["J1", "J2", "J3"]


def test_a_cell_outside_of_its_column_is_refused(opened):
    rows = "  J1   10.5      \n  J2         -0.5\n" * 150
    with pytest.raises(UnreadableTable, match="not aligned in row 301"):
        opened("name     ra   dec\n" + rows + "  J3    200.250 3\n").read(["ra"])


@pytest.mark.parametrize(
    "written",
    [
        "[1.5, 2.0, 3.0]",
        "[1.5 2.  3. ]",
        "[ 1.5  2.\n  3. ]",
        "(1.5, 2, 3)",
        "array([1.5, 2. , 3. ])",
        "[np.float64(1.5), np.float64(2.0), np.float64(3.0)]",
    ],
)
@pytest.mark.parametrize("first", ["", "nan", "[]", None])
def test_lists_are_read_as_they_are_printed(written, first, opened):
    rows = [*([] if first is None else [first]), written, "[1,nan,3]"]
    lines = "".join(f'{n},"{row}"\n' for n, row in enumerate(rows))
    found = opened(f"ra,a\n{lines}")
    assert found.vectors == {"a"}
    expected = [[1.5, 2, 3], [1, np.nan, 3]]
    expected = expected if first is None else [[np.nan] * 3, *expected]
    np.testing.assert_array_equal(found.read(["a"]).numbers["a"], expected)


def test_a_list_that_numpy_cut_short_is_refused(opened):
    table = opened('ra,a\n1,"[1.5 2.  ... 3. ]"\n')
    with pytest.raises(UnreadableTable, match="not a list of numbers"):
        table.read(["a"])


def test_lists_may_be_missing_in_a_whole_block(opened, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK_BYTES", 4096)
    lines = ["1,\n"] * 3000 + ['1,"[1, 2]"\n'] + ["1,\n"] * 3000
    table = opened('ra,a\n1,"[3, 4]"\n' + "".join(lines))
    found = table.read(["a"]).numbers["a"]
    assert found.shape == (6002, 2)
    assert np.isnan(found).all(axis=1).sum() == 6000
    assert found[3001].tolist() == [1, 2]


def test_a_line_end_in_a_text_is_read_in_a_large_table_as_in_a_small_one(
    opened, monkeypatch
):
    monkeypatch.setattr(text, "_BLOCK_BYTES", 4096)
    rows = 2000
    written = "ra,note,dec\n" + '1.5,"one\ntwo, three",2.5\n' * rows
    found = opened(written).read_unchecked(["ra", "dec"], ["note"])
    assert found.rows == rows
    assert set(found.numbers["dec"]) == {2.5}
    assert set(found.texts["note"]) == {"one\ntwo, three"}
    monkeypatch.setattr(text, "_SMALL_BYTES", 10)
    assert opened(written).read(["ra", "dec"]).rows == rows


def test_missing_texts_and_numbers_are_missing_however_they_are_written(opened):
    found = opened("id,ra\nNA,NaN\n--,null\n7,N/A\n,\n0,1\n").read(["ra"], ["id"])
    assert found.texts["id"].tolist() == ["", "", "7", "", "0"]
    np.testing.assert_array_equal(found.numbers["ra"], [np.nan] * 4 + [1])


@pytest.mark.parametrize("first", ["12:18:42.0", "abc"])
@pytest.mark.parametrize("small", [True, False])
def test_a_cell_that_is_no_number_is_named(first, small, opened, monkeypatch):
    monkeypatch.setattr(text, "_SMALL_BYTES", 1_000_000 if small else 1)
    with pytest.raises(UnreadableTable) as caught:
        opened(f"name,ra\nJ1,1\nJ2,{first}\n").read(["ra"], ["name"])
    assert "'ra'" in str(caught.value) and repr(first) in str(caught.value)
    if small:
        assert "row 2" in str(caught.value)


def test_rows_without_a_header_are_told(opened):
    for written in ("1,128.7,34.8\n2,169.3,44.0\n", "J083448.64+344924.9,128.7\n"):
        with pytest.raises(UnreadableTable, match="no header line"):
            opened(written)


def test_a_row_with_too_many_cells_is_named(opened):
    with pytest.raises(UnreadableTable, match="row 2 has 3 cells; its header has 2"):
        opened("ra,dec\n1,2\n1,2,3\n").read(["ra"])


def test_what_ecsv_states_is_found_and_nothing_is_made_of_it(opened):
    found = opened(
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        "# - {name: ra, unit: rad, datatype: float64}\n"
        "# - {name: dec, unit: !astropy.units.Unit {unit: rad}, datatype: float64}\n"
        "# meta: !!omap\n# - survey: bmz\n# - RADESYS: FK4\n# - EQUINOX: 1950.0\n"
        "# - code: !!python/object/apply:os.system ['touch /tmp/made-by-a-table']\n"
        "# schema: astropy-2.0\nra dec\n1.5 2.5\n"
    )
    assert found.format == "ECSV"
    assert found.units == {"ra": "rad", "dec": "rad"}
    assert found.frame == "FK4 B1950"
    assert found.header == {"SURVEY": "bmz", "RADESYS": "FK4", "EQUINOX": "1950.0"}
    assert found.read(["ra"]).numbers["ra"].tolist() == [1.5]


@pytest.mark.parametrize(
    ("frame", "equinox", "stated"),
    [
        ("icrs", None, "icrs"),
        ("fk5", "J1975", "fk5 J1975"),
        ("fk4", "B1950", "fk4 B1950"),
    ],
)
def test_the_frame_of_coordinates_in_ecsv_is_found(frame, equinox, stated, tmp_path):
    path = tmp_path / "table.ecsv"
    of = {"equinox": Time(equinox)} if equinox else {}
    place = SkyCoord([10.0], [20.0], unit="deg", frame=frame, **of)
    AstropyTable({"sky": place, "id": [1]}).write(path)
    with open_table(path) as found:
        assert found.columns == ("sky.ra", "sky.dec", "id")
        assert found.units == {"sky.ra": "deg", "sky.dec": "deg"}
        assert found.frame_of("sky.ra") == found.frame_of("sky.dec") == stated
        assert found.frame_of("id") == ""


def test_yaml_that_expands_without_limit_is_harmless(opened):
    laughs = "".join(f"# b{n}: &b{n} [*b{n - 1}, *b{n - 1}]\n" for n in range(1, 60))
    found = opened(f"# %ECSV 1.0\n# b0: &b0 [ha]\n{laughs}ra dec\n1 2\n")
    assert found.header == {}
    assert found.read(["ra"]).rows == 1


def test_empty_cells_between_tabs_do_not_move_the_others(opened):
    found = opened(
        "#VizieR\nname\tra\tdec\n \tdeg\tdeg\n----\t---\t---\n"
        "J1\t1.5\t2\nJ2\t\t3\n \t4.5\t5\n"
    )
    content = found.read(["ra", "dec"], ["name"])
    np.testing.assert_array_equal(content.numbers["ra"], [1.5, np.nan, 4.5])
    assert content.texts["name"].tolist() == ["J1", "J2", ""]


def test_a_row_with_a_cell_too_many_is_refused(opened):
    table = opened("name,ra,dec\nJ1,10.5,-0.5\nJ2,200,25,3\n")
    with pytest.raises(UnreadableTable, match="row 2 has 4 cells"):
        table.read(["ra"])
    shifted = opened("name,ra,dec\n7,J1,10.5,-0.5\n7,J2,200.25,3\n")
    with pytest.raises(UnreadableTable, match="row 1 has 4 cells"):
        shifted.read(["ra"])


@pytest.mark.parametrize("sign", ["-", "---", "...", "masked", "INDEF"])
def test_signs_of_missing_numbers(sign, opened):
    found = opened(f"name,ra,DE-\nJ1,1.5,+\nJ2,{sign},-\n").read(["ra"], ["DE-"])
    np.testing.assert_array_equal(found.numbers["ra"], [1.5, np.nan])
    assert found.texts["DE-"].tolist() == ["+", "-"]
