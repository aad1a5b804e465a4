"""Units, UCDs and descriptions of columns, as astropy and STILTS read them back."""

import io
import warnings

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io.votable.ucd import check_ucd
from astropy.table import Table

from morph.catalogue.column_sql import meaning
from morph.errors import MorphError
from morph.export.columns import (
    Columns,
    all_names,
    column_names,
    group,
    plain_names,
    ucd,
)
from morph.export.export import export
from morph.selection.selection import Selection

FRACTION = "smooth-or-featured_smooth_probability"
WAYS = {"fits": "fits", "parquet": "parquet", "voparquet": "parquet.votable"}
WAYS |= {"votable": "votable"}


def read(made, way) -> Table:
    """The table as astropy reads the file, with no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Table.read(io.BytesIO(made.data), format=WAYS[way])


def unwrapped(column) -> str:
    """Its description without spaces, as a VOTable has it in several lines."""
    return "".join(column.description.split())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("release", ["plain", "passes"])
def test_astropy_reads_units_ucds_and_descriptions(shared_con, request, release, way):
    loaded = request.getfixturevalue(release)
    form = "parquet" if way == "voparquet" else way
    selection = Selection({"bar_strong": (0.4, 1)})
    made = export(shared_con, loaded, selection, format=form, columns="everything")
    table = read(made, way)
    assert len(table) == made.rows > 0
    assert table["ra"].unit == "deg"
    assert table["mag_r"].unit == "mag"
    by_name = {column.name.replace("-", "_"): column for column in table.itercols()}
    names = all_names(loaded)
    assert len(by_name) == len(names)
    for name in names:
        column = by_name[name.replace("-", "_")]
        assert unwrapped(column) == meaning(loaded, name)[1].replace(" ", "")
        assert column.meta.get("ucd", "") == ucd(loaded, name)
    assert by_name["_healpix_29"].dtype.kind == "i"
    cells = pq.read_table(io.BytesIO(_parquet(shared_con, loaded, selection)))
    assert by_name["_healpix_29"].tolist() == cells["_healpix_29"].to_pylist()


def _parquet(con, release, selection) -> bytes:
    columns = Columns("cells", ("_healpix_29",))
    return export(con, release, selection, format="parquet", columns=columns).data


def test_parquet_gives_astropy_the_facts_of_the_file(shared_con, plain):
    made = export(shared_con, plain, Selection(), format="parquet")
    assert read(made, "parquet").meta["release"] == "plain"


def test_a_missing_text_is_never_read_as_the_word_none(shared_con, fractions):
    """astropy refuses such a column of Parquet; it would write "None" in it."""
    rows = f"SELECT count(*) FROM {fractions.table} WHERE bar_answer IS NULL"
    missing = shared_con.execute(rows).fetchall()[0][0]
    names = ("iauname", "bar_answer")
    made = export(
        shared_con,
        fractions,
        Selection(),
        format="parquet",
        columns=Columns("two", names),
    )
    metadata = pq.read_schema(io.BytesIO(made.data)).metadata
    assert (b"table::len::bar_answer" in metadata) == (missing == 0)
    assert metadata[b"table::len::iauname"] == b"19"


@pytest.mark.parametrize("release", ["plain", "passes", "fractions"])
def test_every_column_has_a_group_and_a_valid_ucd(request, release):
    loaded = request.getfixturevalue(release)
    for name in all_names(loaded):
        assert group(loaded, name)
        code = ucd(loaded, name)
        assert code or group(loaded, name) == "Maps"
        assert not code or check_ucd(code, check_controlled_vocabulary=True), code


@pytest.mark.parametrize("way", WAYS)
def test_names_with_underscores_are_names_of_python(shared_con, plain, way):
    form = "parquet" if way == "voparquet" else way
    columns = Columns("everything", underscores=True)
    made = export(shared_con, plain, Selection(), format=form, columns=columns)
    table = read(made, way)
    assert all(name.isidentifier() for name in table.colnames)
    plain_name = FRACTION.replace("-", "_")
    words = f"expected vote fraction of Smooth; published name {FRACTION}"
    assert unwrapped(table[plain_name]) == words.replace(" ", "")
    assert table["ra"].description == "right ascension"
    published = export(shared_con, plain, Selection(), columns="everything")
    np.testing.assert_array_equal(table[plain_name], read(published, "fits")[FRACTION])


def test_two_names_that_become_one_are_refused():
    assert plain_names(["a-b", "bar_above_0.1"]) == {
        "a-b": "a_b",
        "bar_above_0.1": "bar_above_0_1",
    }
    with pytest.raises(MorphError, match="two columns would be called 'a_b'"):
        plain_names(["a-b", "a_b"])


def test_chosen_columns_are_those_of_the_file_in_its_order(shared_con, plain):
    chosen = ("bar_strong_votes", "_healpix_29", FRACTION, "iauname")
    columns = Columns("My cells!", chosen)
    made = export(shared_con, plain, Selection(), format="parquet", columns=columns)
    rows = pq.read_table(io.BytesIO(made.data))
    assert rows.column_names == ["iauname", FRACTION, "_healpix_29", "bar_strong_votes"]
    assert made.name.endswith("_my-cells.parquet")
    assert rows.num_rows == 3000


def test_a_chosen_column_that_the_release_lacks_is_named(shared_con, fractions):
    with pytest.raises(MorphError, match="no column 'bar_strong_variance'"):
        export(
            shared_con,
            fractions,
            Selection(),
            columns=Columns("mine", ("bar_strong_variance",)),
        )


@pytest.mark.parametrize(
    ("release", "columns", "named"),
    [
        ("plain", "basic", "basic"),
        ("plain", "posteriors", "posteriors"),
        ("fractions", "posteriors", "fractions"),
        ("fractions", "fractions", "fractions"),
    ],
)
def test_the_set_is_in_the_name_of_the_file(
    shared_con, request, release, columns, named
):
    loaded = request.getfixturevalue(release)
    made = export(shared_con, loaded, Selection(), columns=columns)
    assert made.name.endswith(f"_{named}.fits")


def test_the_set_of_fractions_has_the_fractions(fractions):
    of = [column_names(fractions, Selection(), one) for one in ("fractions", "basic")]
    assert "bar_strong_probability" in of[0] and "bar_strong_probability" not in of[1]
