"""Files of subsets: their galaxies and their metadata."""

import io
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table

from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release, unload_release
from morph.errors import MorphError
from morph.export.export import FORMATS, export
from morph.export.subset_file import SUFFIXES, file_of_address, subset_file
from morph.release.folder import read_manifest
from morph.selection.selection import InSubset, Selection
from morph.subsets import match_list, saved
from morph.subsets.uploaded_list import read_upload
from tests.csv_files import read_csv, read_csv_zip
from tests.morph.one_release import one_release

STRONG = Selection(limits={"bar_strong": (0.3, 1)})
ROUND = Selection(limits={"how-rounded_round": (0.4, 1)}, rule="off")


@pytest.fixture(scope="module")
def con(tmp_path_factory, releases_folder):
    home = tmp_path_factory.mktemp("files")
    with one_release(home, releases_folder / "plain") as con:
        yield con


@pytest.fixture(scope="module")
def plain(con):
    return release_table.release(con, "plain")


@pytest.fixture(scope="module")
def bars(con, plain):
    return saved.save_selection(con, plain, STRONG, name="Bars “ü”", note="mine")


@pytest.fixture(scope="module")
def rounds(con, plain):
    return saved.save_selection(con, plain, ROUND, name="Round")


def rows_of(made, format):
    file = io.BytesIO(made.data)
    if format == "csv":
        return read_csv(made.data)
    if format == "csv_zip":
        return read_csv_zip(made.data)
    if format == "parquet":
        return pq.read_table(file).to_pandas()
    table = Table.read(file, format=format)
    table.convert_bytestring_to_unicode()
    return table.to_pandas()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_address_gives_the_subset_as_a_file(con, bars, suffix):
    made = file_of_address(con, f"{bars.subset_id}.{suffix}")
    names = rows_of(made, SUFFIXES[suffix])["iauname"]
    assert sorted(names) == saved.members(con, bars.subset_id).tolist()
    assert made.rows == bars.galaxies
    assert made.name == (
        f"plain_{bars.subset_id}_{bars.galaxies}_{bars.digest}_basic.{suffix}"
    )


def test_a_csv_has_its_metadata_at_the_address_beside_it(con, bars):
    made = file_of_address(con, f"{bars.subset_id}.csv.json")
    (told,) = json.loads(json.loads(made.data)["subsets"])
    assert told["digest"] == bars.digest
    assert made.name.endswith(f"{bars.digest}_basic.csv.json")


def test_the_file_says_what_the_subset_is(con, bars):
    made = subset_file(con, bars.subset_id, format="parquet", link="http://here/x")
    facts = {
        key.decode(): value.decode()
        for key, value in pq.read_schema(io.BytesIO(made.data)).metadata.items()
    }
    (told,) = json.loads(facts["subsets"])
    assert told["name"] == bars.name
    assert told["note"] == "mine"
    assert told["digest"] == bars.digest
    assert told["recipe"] == bars.recipe
    assert facts["link"] == "http://here/x"
    recipe = json.loads(facts["selection_recipe"])
    assert recipe["subsets"][0]["subset_id"] == bars.subset_id
    header = fits.getheader(io.BytesIO(subset_file(con, bars.subset_id).data), 1)
    assert bars.subset_id in str(header["HISTORY"]).replace("\n", "")


@pytest.mark.parametrize("format", FORMATS)
def test_subsets_become_columns_of_one_file(con, plain, bars, rounds, format):
    either = (bars.subset_id, rounds.subset_id)
    made = export(con, plain, STRONG, format=format, subset_columns=either)
    rows = rows_of(made, format).set_index("iauname")
    assert rows[f"in_{either[0]}"].astype(bool).all()
    inside = set(saved.members(con, either[1]))
    expected = [name in inside for name in rows.index]
    assert 0 < sum(expected) < len(expected)
    assert rows[f"in_{either[1]}"].astype(bool).tolist() == expected


def test_a_subset_column_goes_with_a_selection_by_that_subset(con, plain, bars, rounds):
    within = Selection(subsets=(InSubset(rounds.subset_id, included=False),))
    made = export(
        con, plain, within, format="parquet", subset_columns=[rounds.subset_id]
    )
    rows = rows_of(made, "parquet")
    assert made.rows == plain.galaxies - rounds.galaxies
    assert not np.any(rows[f"in_{rounds.subset_id}"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "k7f3a",
        "k7f3a.exe",
        "../k7f3a.fits",
        "K7F3A.fits",
        "k7f3a.fits/..",
        "a.fits",
    ],
)
def test_what_is_no_address_of_a_subset_is_refused(con, address):
    with pytest.raises(MorphError, match="not a file of a subset"):
        file_of_address(con, address)


def test_an_unknown_subset_is_refused(con):
    with pytest.raises(MorphError, match="no subset 'z9zzz'"):
        file_of_address(con, "z9zzz.fits")


def test_a_subset_outlives_its_release_but_its_columns_do_not(
    tmp_path, releases_folder
):
    path, beside = tmp_path / "c.duckdb", tmp_path / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        loaded = load_release(con, releases_folder / "plain")
        kept = saved.save_selection(con, loaded, STRONG, name="Bars")
        unload_release(con, "plain")
        assert len(saved.members(con, kept.subset_id)) == kept.galaxies
        with pytest.raises(MorphError, match="release 'plain' is not"):
            subset_file(con, kept.subset_id)
        load_release(con, releases_folder / "plain")
        assert subset_file(con, kept.subset_id).rows == kept.galaxies
        assert read_manifest(releases_folder / "plain").release_id == kept.release_id
        con.execute("UPDATE workspace.subsets SET release_key = 'plain@another'")
        with pytest.raises(MorphError, match="another release called plain"):
            subset_file(con, kept.subset_id)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_uploaded_again_as_a_list_is_the_same_subset(con, plain, bars, suffix):
    made = file_of_address(con, f"{bars.subset_id}.{suffix}")
    upload = read_upload(made.data, made.name)
    matched = match_list.match(con, plain, upload)
    assert matched.count("matched") == made.rows == bars.galaxies
    assert matched.count("ambiguous") == matched.count("unmatched") == 0
    again = saved.save_names(
        con, plain, matched.names, kind="list", name=f"Again {suffix}"
    )
    assert again.digest == bars.digest
    assert list(saved.members(con, again.subset_id)) == list(
        saved.members(con, bars.subset_id)
    )
