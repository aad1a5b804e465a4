"""A list and a release side by side, equal to pandas' merge; own columns in files."""

import io
import json
import runpy
import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.table import Table

from morph.catalogue import release_table
from morph.catalogue.loading import load_release
from morph.catalogue.own_columns import own_column
from morph.catalogue.own_columns.own_column import OwnColumn
from morph.errors import MorphError
from morph.export import code, code_own
from morph.export.export import export
from morph.export.matched_file import Match, matched_file
from morph.export.own_in_files import file_names
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.listing.selected_rows import names as names_of
from morph.selection.own_limits.own_limit import OwnLimit
from morph.selection.selection import InSubset, Selection
from morph.subsets import match_list, own_list, saved
from morph.subsets.uploaded_list import read_upload
from tests.morph.one_release import one_release

FORMS = ("parquet", "csv", "fits", "votable")


@pytest.fixture(scope="module")
def opened(releases_folder, tmp_path_factory):
    """A catalogue with one release, and a workspace."""
    home = tmp_path_factory.mktemp("matched")
    with one_release(home, releases_folder / "plain") as con:
        yield con


@pytest.fixture(scope="module")
def release(opened):
    return release_table.release(opened, "plain")


@pytest.fixture(scope="module")
def morphs(opened, release) -> pd.DataFrame:
    """The release's basic columns, as the file of all galaxies has them."""
    made = export(opened, release, Selection(), format="parquet")
    return pq.read_table(io.BytesIO(made.data)).to_pandas()


@pytest.fixture(scope="module")
def given(morphs) -> pd.DataFrame:
    """200 rows: 190 galaxies, 5 of them again, and 5 that the release lacks."""
    rng = np.random.default_rng(4)
    some = morphs.sample(190, random_state=4)
    some = pd.concat([some, some.head(5)])
    offset = rng.normal(0, 0.3, (2, 195)) / 3600
    table = pd.DataFrame(
        {
            "name": [*some["iauname"], *(f"nobody {n}" for n in range(5))],
            "RA": [*(some["ra"] + offset[0]), *np.linspace(0, 1, 5)],
            "Dec": [*(some["dec"] + offset[1]), *[-89.0] * 5],
            "log M*": np.where(rng.random(200) < 0.1, np.nan, rng.normal(10, 1, 200)),
            "class": rng.choice(np.array(["Sa", "S'b", None], object), 200),
            "agn": rng.choice(np.array([True, False, None], object), 200),
            "redshift": rng.random(200),
            "objID": pd.array(rng.integers(2**60, 2**62, 200), "Int64"),
        }
    )
    table.loc[7, "objID"] = pd.NA
    return table.sample(frac=1, random_state=1).reset_index(drop=True)


@pytest.fixture(scope="module")
def listed(opened, release, given):
    """The list, saved with all its columns."""
    data = given.to_csv(index=False).encode()
    upload = read_upload(data, "mine.csv")
    matched = match_list.match(opened, release, upload)
    own = own_list.read_own(data, upload, upload.columns)
    return own_list.save(opened, release, upload, matched, own, name="mine")


def read_back(made, form) -> pd.DataFrame:
    """The rows as other programs read them, missing values as pandas has them."""
    file = io.BytesIO(made.data)
    if form == "parquet":
        return pq.read_table(file).to_pandas(integer_object_nulls=True)
    if form == "csv":
        return pd.read_csv(file, dtype={"objID": "Int64"})
    more = {"use_names_over_ids": True} if form == "votable" else {}
    rows = Table.read(file, format=form, **more)
    rows.convert_bytestring_to_unicode()
    return rows.to_pandas()


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Equal values in equal order, whatever the types of missing ones."""
    assert list(found) == list(wanted)
    for name in wanted:
        one, other = (frame[name].astype(object) for frame in (found, wanted))
        one, other = (c.where(c.notna() & (c != ""), None) for c in (one, other))
        assert one.tolist() == other.tolist(), name


def merged(given, morphs, how) -> pd.DataFrame:
    """pandas' merge; the list's columns have "_list" where both have the name."""
    clash = {"RA": "RA_list", "Dec": "Dec_list", "redshift": "redshift_list"}
    left = given.rename(columns=clash)
    return left.merge(morphs, left_on="name", right_on="iauname", how=how)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("join", ["left", "inner"])
def test_the_file_is_pandas_merge(opened, release, given, morphs, listed, join, form):
    made = matched_file(opened, release, listed.subset_id, Match(join), format=form)
    found = read_back(made, form)
    wanted = merged(given, morphs, join)
    assert made.rows == len(found) == len(wanted) == (200 if join == "left" else 195)
    if form in ("fits", "votable"):  # no missing truth value in FITS: 1, 0 and masked
        found["agn"] = found["agn"].map({1: True, 0: False})
    apart = found.pop("separation_arcsec")
    state = found.pop("match_state")
    same(found, wanted)
    at, place = SkyCoord(wanted["RA_list"], wanted["Dec_list"], unit="deg"), wanted
    there = SkyCoord(place["ra"].fillna(0), place["dec"].fillna(0), unit="deg")
    known = wanted["iauname"].notna().to_numpy()
    expected = np.where(known, at.separation(there).arcsec, np.nan)
    np.testing.assert_allclose(apart.astype(float), expected, rtol=1e-6, atol=1e-6)
    assert state.tolist() == np.where(known, "matched", "unmatched").tolist()


@pytest.mark.parametrize("join", ["left", "inner"])
@pytest.mark.parametrize("matches", ["best", "all"])
@pytest.mark.parametrize("radius", [0.3, 60.0])
def test_matches_in_a_radius_are_those_of_brute_force(
    opened, release, given, morphs, listed, join, matches, radius
):
    match = Match(join, matches, radius)
    made = matched_file(opened, release, listed.subset_id, match, format="parquet")
    found = read_back(made, "parquet")
    at = SkyCoord(given["RA"], given["Dec"], unit="deg")
    there = SkyCoord(morphs["ra"], morphs["dec"], unit="deg")
    wanted = []
    for row in range(len(given)):
        apart = at[row].separation(there).arcsec
        order = [one for one in np.argsort(apart) if apart[one] <= radius]
        pairs = [(morphs["iauname"][one], apart[one]) for one in order]
        pairs = pairs[:1] if matches == "best" else pairs
        if not pairs and join == "left":
            pairs = [("", np.nan)]
        wanted += [(given["name"][row], *pair) for pair in pairs]
    pairs = zip(found["name"], found["iauname"].fillna(""), strict=True)
    assert list(pairs) == [pair[:2] for pair in wanted]
    np.testing.assert_allclose(
        found["separation_arcsec"].astype(float), [p[2] for p in wanted], atol=1e-6
    )


def test_the_file_says_what_it_holds(opened, release, listed):
    match = Match("inner", "best", 2)
    made = matched_file(opened, release, listed.subset_id, match, format="parquet")
    assert made.name == f"plain_{listed.subset_id}_inner_best.parquet"
    schema = pq.read_schema(io.BytesIO(made.data))
    facts = {name.decode(): text.decode() for name, text in schema.metadata.items()}
    assert facts["selection"] == (
        "the list “mine” with columns of plain: each row with the nearest galaxy "
        "within 2 arcsec; matched rows only"
    )
    assert json.loads(facts["list"])["file"] == "mine.csv"
    said = schema.field("log M*").metadata[b"description"].decode()
    assert said == "log M*, a column of the list “mine”"
    votable = matched_file(opened, release, listed.subset_id, match, format="votable")
    field = parse(io.BytesIO(votable.data)).get_first_table().get_field_by_id_or_name
    assert field("separation_arcsec").unit == "arcsec"
    assert field("agn").datatype == "boolean"


def test_a_list_in_another_release_is_joined_by_name(
    opened, releases_folder, given, listed
):
    load_release(opened, releases_folder / "fractions")
    other = release_table.release(opened, "fractions")
    made = matched_file(opened, other, listed.subset_id, Match(), format="parquet")
    found = read_back(made, "parquet")
    there = set(names_of(opened, other, Selection(tree=other.tree)))
    wanted = given["name"].where(given["name"].isin(there))
    assert found["iauname"].fillna("").tolist() == wanted.fillna("").tolist()
    lost = found["match_state"] == "not in fractions"
    assert lost.sum() == 195 - wanted.notna().sum() > 0


def test_what_cannot_be_matched_is_refused_in_words(opened, release, listed, morphs):
    names = list(morphs["iauname"][:3])
    pins = saved.save_names(opened, release, names, kind="pins", name="pins")
    with pytest.raises(MorphError, match="were not kept"):
        matched_file(opened, release, pins.subset_id, Match())
    for wrong in ({"join": "outer"}, {"matches": "x"}, {"radius_arcsec": 0.0}):
        with pytest.raises(MorphError):
            Match(**wrong)


@pytest.mark.parametrize("form", FORMS)
def test_a_download_has_the_columns_of_lists(
    opened, release, given, morphs, listed, form
):
    """By galaxy, empty where one is not in the list; of several rows the nearest."""
    keys = {"log M*": "log_m", "class": "class", "agn": "agn", "objID": "objid"}
    refs = [f"{listed.subset_id}.{key}" for key in (*keys.values(), "redshift")]
    made = export(opened, release, Selection(), format=form, own_columns=refs)
    found = read_back(made, form)
    at = SkyCoord(given["RA"], given["Dec"], unit="deg")
    place = morphs.set_index("iauname").reindex(given["name"])
    there = SkyCoord(place["ra"].fillna(0), place["dec"].fillna(0), unit="deg")
    nearest = given.assign(apart=at.separation(there).arcsec).sort_values("apart")
    one_each = nearest.drop_duplicates("name").drop(columns=["RA", "Dec", "apart"])
    wanted = morphs.merge(
        one_each.rename(columns={"redshift": "redshift_list"}),
        left_on="iauname",
        right_on="name",
        how="left",
    )[[*morphs, *keys, "redshift_list"]]
    if form in ("fits", "votable"):
        found["agn"] = found["agn"].map({1: True, 0: False})
    same(found, wanted)


def test_the_metadata_name_the_lists(opened, release, listed):
    ref = f"{listed.subset_id}.log_m"
    selection = Selection(own=(OwnLimit(ref, (9, 11)),))
    made = export(opened, release, selection, format="metadata", own_columns=[ref, ref])
    facts = json.loads(made.data)
    assert facts["columns"]["log M*"]["description"].startswith("log M*, a column of")
    source = {"subset_id": listed.subset_id, "list": "mine", "column": "log M*"}
    assert json.loads(facts["list_columns"]) == {"log M*": source}
    (subset,) = json.loads(facts["subsets"])
    assert subset["recipe"]["file"] == "mine.csv"
    assert facts["selection_query"].startswith(f"own={ref}")


@pytest.mark.parametrize("keep", [False, True])
def test_a_program_selects_the_same_galaxies(
    opened, release, releases_folder, listed, tmp_path, keep
):
    ref = listed.subset_id
    selection = Selection(
        own=(
            OwnLimit(f"{ref}.log_m", (9.5, 11.25), keep_missing=keep),
            OwnLimit(f"{ref}.class", values=("Sa", "S'b"), keep_missing=keep),
            OwnLimit(f"{ref}.agn", values=(True,), keep_missing=keep),
        ),
        subsets=(InSubset(ref),) if not keep else (),
    )
    folder = tmp_path / "plain"
    shutil.copytree(releases_folder / "plain", folder)
    (folder / f"list_{ref}.parquet").write_bytes(code_own.list_parquet(opened, ref))
    members = export(
        opened, release, Selection(subsets=(InSubset(ref),)), format="parquet"
    )
    (folder / f"subset_{ref}.parquet").write_bytes(members.data)
    program = code.code(release, selection, "pandas")
    assert f"put list_{ref}.parquet there too" in program
    path = tmp_path / "program.py"
    path.write_text(program.replace("FOLDER = 'plain'", f"FOLDER = {str(folder)!r}"))
    selected = runpy.run_path(str(path))["selected"]
    wanted = sorted(names_of(opened, release, selection))
    assert selected["iauname"].tolist() == wanted and wanted


@pytest.mark.parametrize("kind", ["own_highest", "own_lowest"])
@pytest.mark.parametrize("column", ["log_m", "class", "agn"])
def test_a_program_sorts_by_a_column_of_the_list(
    opened, release, releases_folder, listed, tmp_path, kind, column
):
    ref = listed.subset_id
    order = Order(kind, own=f"{ref}.{column}")
    shown = page(opened, release, Selection(), order=order, limit=10_000)
    folder = tmp_path / "plain"
    shutil.copytree(releases_folder / "plain", folder)
    (folder / f"list_{ref}.parquet").write_bytes(code_own.list_parquet(opened, ref))
    program = code.code(release, Selection(), "pandas", order)
    assert program.count(f"put list_{ref}.parquet there too") == 1
    path = tmp_path / "program.py"
    path.write_text(program.replace("FOLDER = 'plain'", f"FOLDER = {str(folder)!r}"))
    selected = runpy.run_path(str(path))["selected"]
    assert selected["iauname"].tolist() == shown["iauname"].tolist()


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("log M*", "log M*"),
        ("Redshift", "Redshift_list"),
        ("log M⊙", "key"),
        ("=1+1", "key"),
        ("x" * 61, "key"),
        ("", "key"),
    ],
)
def test_a_column_has_the_name_of_its_list_where_files_can(name, called):
    one = OwnColumn("k7f3a", 0, "key", name, "number", "", False, None, None, 1)
    assert file_names(["iauname", "redshift"], [one]) == [called]
    again = [f"{called}_list", f"{called}_list_2"]
    if called == name or called == "key":
        assert file_names(["iauname"], [one] * 3) == [called, *again]


def test_columns_of_a_list_that_is_gone_are_named(opened, release):
    with pytest.raises(MorphError, match="no column 'x' of a list a2aaa"):
        export(opened, release, Selection(), own_columns=["a2aaa.x"])
    assert own_column.columns_of(opened, "a2aaa") == []
