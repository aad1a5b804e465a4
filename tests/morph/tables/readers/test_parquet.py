"""Parquet: every type of number, text and list, and what its metadata state."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn
from astropy.table import Table as AstropyTable

from morph.errors import UnreadableTable
from morph.tables import Table, open_table

HALF = [Decimal("1.50"), None]


@pytest.fixture
def opened(tmp_path):
    def open_one(table: pa.Table) -> Table:
        path = tmp_path / "table.parquet"
        pq.write_table(table, path)
        with open_table(path) as found:
            return found

    return open_one


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (pa.array(HALF), [1.5, np.nan]),
        (pa.array([1.5, 2], pa.float16()), [1.5, 2]),
        (pa.array([None, None]), [np.nan, np.nan]),
        (pa.array([True, None]), [1, np.nan]),
        (pa.array([2**63, 1], pa.uint64()), [2.0**63, 1]),
        (pa.DictionaryArray.from_arrays([1, 0], pa.array([2.5, 3.5])), [3.5, 2.5]),
        (pa.array(["1.5", "NA"]), [1.5, np.nan]),
        (pa.array(["-2", None], pa.large_string()), [-2, np.nan]),
        (pa.array([[1.0, 2], [3, 4]], pa.large_list(pa.float32())), [[1, 2], [3, 4]]),
        (pa.array([[1.0, 2], [3, 4]], pa.list_(pa.float16())), [[1, 2], [3, 4]]),
        (pa.array([[1.0, 2], [3, 4]], pa.list_view(pa.float64())), [[1, 2], [3, 4]]),
        (pa.array([[1, 2], None], pa.list_(pa.int8(), 2)), [[1, 2], [np.nan] * 2]),
        (pa.array([None, [1, 2]]), [[np.nan] * 2, [1, 2]]),
        (pa.array([[], [1, None]]), [[np.nan] * 2, [1, np.nan]]),
        (pa.array([HALF, HALF]), [[1.5, np.nan]] * 2),
        (pa.array([None, "[1, 2]"]), [[np.nan] * 2, [1, 2]]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_numbers_and_lists_of_every_type_are_read(cells, values, opened):
    found = opened(pa.table({"a": cells}))
    assert found.vectors == ({"a"} if np.ndim(values) == 2 else set())
    np.testing.assert_array_equal(found.read(["a"]).numbers["a"], values)


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        (pa.array(["J1", None], pa.large_string()), ["J1", ""]),
        (pa.array(["J1", None], pa.string_view()), ["J1", ""]),
        (pa.array([b"J1", None]), ["J1", ""]),
        (pa.array(["J1", None]).dictionary_encode(), ["J1", ""]),
        (pa.array([7, None]), ["7", ""]),
        (pa.array([7.0, None]), ["7", ""]),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_texts_of_every_type_are_read(cells, texts, opened):
    assert opened(pa.table({"a": cells})).read([], ["a"]).texts["a"].tolist() == texts


@pytest.mark.parametrize(
    "cells",
    [
        pa.array(["J1", "J2"]),
        pa.array([1, 2], pa.timestamp("s")),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([[[1]], [[2]]]),
    ],
    ids=lambda value: str(value.type),
)
def test_what_is_no_number_is_refused_by_its_column(cells, opened):
    with pytest.raises(UnreadableTable, match="'a'"):
        opened(pa.table({"a": cells})).read(["a"])


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.string_view()], ids=str
)
def test_a_huge_text_is_refused_whatever_its_type(kind, opened):
    table = pa.table({"a": pa.array(["J" * 200_000] * 3).cast(kind)})
    with pytest.raises(UnreadableTable, match="200,000 characters"):
        opened(table).read([], ["a"])


def test_units_and_entries_are_as_the_metadata_state(opened):
    ra = pa.field("ra", pa.float64(), metadata={"unit": "rad"})
    schema = pa.schema([ra, ("dec", pa.float64())], metadata={"survey": "bmz"})
    found = opened(pa.table({"ra": [1.0], "dec": [2.0]}, schema=schema))
    assert found.units == {"ra": "rad"}
    assert found.header == {"SURVEY": "bmz"}


def test_what_astropy_states_in_parquet_is_found(tmp_path):
    path = tmp_path / "table.parquet"
    table = AstropyTable({"ra": [1.0] * u.rad}, meta={"RADESYS": "FK5"})
    table.write(path, format="parquet")
    with open_table(path) as found:
        assert found.units == {"ra": "rad"}
        assert found.frame == "FK5"


def test_a_votable_in_the_metadata_states_units_and_frame(opened):
    votable = (
        '<VOTABLE version="1.4"><RESOURCE><COOSYS ID="s" system="eq_FK4" '
        'equinox="B1950"/><TABLE><PARAM name="survey" value="bmz"/>'
        '<FIELD name="ra" unit="rad" ref="s"/></TABLE></RESOURCE></VOTABLE>'
    )
    metadata = {"IVOA.VOTable-Parquet.content": votable}
    found = opened(pa.table({"ra": [1.0]}).replace_schema_metadata(metadata))
    assert (found.units, found.frame) == ({"ra": "rad"}, "eq_FK4 B1950")
    assert found.header == {"SURVEY": "bmz"}


def test_a_folder_of_parts_is_one_table(tmp_path):
    folder = tmp_path / "table"
    folder.mkdir()
    for number in range(3):
        part = pd.DataFrame({"iauname": [f"J{number}"], "ra": [float(number)]})
        part.to_parquet(folder / f"part-{number}.parquet")
    (folder / "_metadata.parquet").write_bytes(b"no table")
    (folder / ".part-9.parquet").write_bytes(b"no table")
    with open_table(folder) as found:
        assert found.format == "Parquet"
        assert found.read(["ra"], ["iauname"]).numbers["ra"].tolist() == [0, 1, 2]
        listed = found.path.read_text().splitlines()
    assert [line.split()[1] for line in listed] == [
        f"part-{number}.parquet" for number in range(3)
    ]


def test_a_part_with_other_columns_is_named(tmp_path):
    for name, column in (("a", "ra"), ("b", "x")):
        pd.DataFrame({column: [1.0]}).to_parquet(tmp_path / f"{name}.parquet")
    with open_table(tmp_path) as found:
        assert found.left_out == ("b.parquet (1 rows) was not read: its columns are x",)


def test_a_file_that_is_cut_off_is_told_from_one_of_another_kind(tmp_path, opened):
    opened(pa.table({"ra": [1.0]}))
    path = tmp_path / "table.parquet"
    content = path.read_bytes()
    for end, says in (
        (content[:-9], "copy or download"),
        (content[:-4] + b"PARE", "encry"),
    ):
        path.write_bytes(end)
        with pytest.raises(UnreadableTable, match=says), open_table(path):
            pass


@pytest.mark.parametrize("ending", ["parquet", "ecsv"])
def test_a_masked_column_of_astropy_is_empty_where_it_is_masked(ending, tmp_path):
    path = tmp_path / f"table.{ending}"
    ids = MaskedColumn([5, 0, 7], mask=[False, True, False])
    redshift = MaskedColumn([0.1, 9.0, 0.3], mask=[False, True, False])
    table = AstropyTable({"id": ids, "redshift": redshift})
    kept = {"serialize_method": "data_mask"} if ending == "ecsv" else {}
    table.write(path, **kept)
    with open_table(path) as found:
        content = found.read(["redshift"], ["id"])
    assert content.texts["id"].tolist() == ["5", "", "7"]
    np.testing.assert_array_equal(content.numbers["redshift"], [0.1, np.nan, 0.3])


def test_the_frame_of_a_skycoord_of_astropy_is_read(tmp_path):
    path = tmp_path / "table.parquet"
    sky = SkyCoord([184.675, 10.5], [11.7318, -0.5], unit="deg", frame="fk4")
    AstropyTable({"sky": sky, "ra": [1.0, 2.0]}).write(path)
    with open_table(path) as found:
        assert found.frame_of("sky.ra") == "fk4 B1950"
        assert found.frame_of("ra") == ""


def test_a_votable_that_astropy_puts_into_parquet_is_read(tmp_path):
    path = tmp_path / "table.parquet"
    about = {"unit": "rad", "ucd": "", "utype": "", "description": ""}
    table = AstropyTable({"ra": [1.0, 2.0]})
    table.write(path, format="parquet.votable", metadata={"ra": about})
    with open_table(path) as found:
        assert found.units == {"ra": "rad"}
        assert found.read(["ra"]).numbers["ra"].tolist() == [1, 2]


def test_a_float_does_not_invent_digits_of_an_id(opened):
    table = pa.table({"id": pa.array([39627739923386371.0, None, 12.0])})
    texts = opened(table).read([], ["id"]).texts["id"].tolist()
    assert texts == ["3.962773992338637e+16", "", "12"]


def test_what_the_names_of_folders_state_is_told(tmp_path):
    for number in (1, 2):
        part = tmp_path / "table" / f"field={number}" / "part.parquet"
        part.parent.mkdir(parents=True)
        pq.write_table(pa.table({"ra": [float(number)]}), part)
    with open_table(tmp_path / "table") as found:
        assert found.read(["ra"]).numbers["ra"].tolist() == [1, 2]
        assert found.left_out == (
            "the column field in the names of folders was not read",
        )
