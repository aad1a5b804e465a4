"""Files of a selection: their rows and their metadata."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

from morph.catalogue.connection import connect
from morph.catalogue.find_galaxy import nearest
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.export.columns import COLUMN_SETS, column_names
from morph.export.export import FORMATS, export
from morph.export.file_formats import FILES
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.selection.certainty.certainty import Surest
from morph.selection.funnel import count
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.selection import Limit, Selection
from morph.trees.decision_tree import GZD5
from tests.csv_files import read_csv, read_csv_zip

BARRED = Selection(
    limits={"bar_strong": (0.3, 1)}, certainty=(Surest("variance", "bar_strong", 50),)
)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STRANGE = ["=1+1", "+cmd|x", "-5", "-x", "@sum", "\tt", "'quoted'", 'é, "ü"\nz', None]


def read_back(made, format) -> pd.DataFrame:
    """The rows of a file as other programs read them, texts as str."""
    file = io.BytesIO(made.data)
    if format == "parquet":
        return pq.read_table(file).to_pandas()
    if format == "csv":
        return read_csv(made.data)
    if format == "csv_zip":
        return read_csv_zip(made.data)
    if format == "fits":
        rows = Table.read(file, format="fits", mask_invalid=False)
    else:
        rows = Table.read(file, format="votable")
    rows.convert_bytestring_to_unicode()
    columns = {name: np.asarray(rows[name]) for name in rows.colnames}
    native = {n: v.astype(v.dtype.newbyteorder("=")) for n, v in columns.items()}
    return pd.DataFrame(native)


@pytest.mark.parametrize("columns", COLUMN_SETS)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("release", ["plain", "passes", "fractions"])
def test_the_file_holds_the_rows_that_were_counted(
    shared_con, request, release, format, columns
):
    loaded = request.getfixturevalue(release)
    selection = Selection({"how-rounded_round": (0.4, 1)})
    made = export(shared_con, loaded, selection, format=format, columns=columns)
    rows = read_back(made, format)
    condition = 'SELECT * FROM {} WHERE "smooth-or-featured_answer" = 0 AND '
    condition += '"how-rounded_round_probability" >= 0.4::FLOAT'
    held = shared_con.execute(condition.format(loaded.table)).df()
    assert made.rows == len(rows) == count(shared_con, loaded, selection) == len(held)
    assert made.rows > 20
    assert list(rows["iauname"]) == list(held["iauname"])
    names = column_names(loaded, selection, columns)
    assert list(rows)[: len(names)] == list(names)
    for name in names:
        if held[name].dtype.kind == "f":
            assert np.array_equal(rows[name].astype(held[name].dtype), held[name], True)
        elif name.endswith("_answer"):
            answers = GZD5.question(name.removesuffix("_answer")).answers
            known = held[name].notna().to_numpy()
            expected = [answers[int(place)] for place in held[name][known]]
            assert list(rows[name][known]) == expected
            assert not rows[name][~known].astype(object).fillna("").any()
        else:
            assert list(rows[name]) == list(held[name])


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (Order("highest_redshift"), "highest redshift first"),
        (Order("lowest_tail", "bar_no", threshold=0.4), "lowest P(No bar > 0.4) first"),
        (Order("random", seed=2), "random order (seed 2)"),
        (Order("iauname"), "by name"),
    ],
    ids=lambda value: value.kind if isinstance(value, Order) else "",
)
def test_a_file_can_have_the_order_of_the_gallery(shared_con, plain, order, words):
    selection = Selection({"how-rounded_round": (0.4, 1)})
    shown = page(shared_con, plain, selection, order=order, limit=plain.galaxies)
    made = export(
        shared_con,
        plain,
        selection,
        format="parquet",
        columns="everything",  # joined with the votes
        order=order,
    )
    assert list(read_back(made, "parquet")["iauname"]) == list(shown["iauname"])
    facts = pq.read_table(io.BytesIO(made.data)).schema.metadata
    assert facts[b"row_order"].decode().startswith(words)


def test_a_file_without_an_order_says_that_it_is_by_position(shared_con, plain):
    made = export(shared_con, plain, Selection(), format="parquet")
    facts = pq.read_table(io.BytesIO(made.data)).schema.metadata
    assert facts[b"row_order"].startswith(b"by position on the sky")


def test_column_sets_grow(plain, passes):
    sets = [column_names(plain, BARRED, columns) for columns in COLUMN_SETS]
    assert set(sets[0]) < set(sets[1]) < set(sets[2])
    assert "bar_strong_probability" in sets[0]
    assert "bar_weak_probability" not in sets[0]
    assert {f"{label}_concentration" for label in GZD5.labels} <= set(sets[2])
    assert "bar_strong_total_variance" in column_names(passes, BARRED, "posteriors")


def test_everything_holds_votes_and_tails(shared_con, plain, passes, releases_folder):
    made = export(
        shared_con, plain, Selection(), format="parquet", columns="everything"
    )
    rows = read_back(made, "parquet").set_index("iauname")
    votes = pd.read_parquet(releases_folder / "plain" / "votes.parquet")
    votes = votes.set_index("iauname")
    held = rows.loc[votes.index, [f"{label}_votes" for label in GZD5.labels]]
    np.testing.assert_array_equal(held, votes)
    assert rows["bar_no_votes"].isna().sum() == len(rows) - len(votes)
    made = export(shared_con, passes, Selection(), format="fits", columns="everything")
    rows = read_back(made, "fits")
    tails = shared_con.execute(f"SELECT bar_strong_tail FROM {passes.table}").df()
    tails = np.stack(tails["bar_strong_tail"])
    np.testing.assert_array_equal(rows["bar_strong_above_0.1"], tails[:, 0])
    np.testing.assert_array_equal(rows["bar_strong_above_0.9"], tails[:, 8])


def facts_of(made, format) -> dict[str, str]:
    """What a file says of itself, under the names its format gives."""
    file = io.BytesIO(made.data)
    if format == "parquet":
        metadata = pq.read_schema(file).metadata
        return {name.decode(): value.decode() for name, value in metadata.items()}
    if format == "metadata":
        return json.loads(made.data)
    if format == "csv_zip":
        with zipfile.ZipFile(file) as archive:
            (name,) = [n for n in archive.namelist() if n.endswith("_readme.json")]
            return json.loads(archive.read(name))
    if format == "votable":
        infos = parse(file).resources[0].infos
        return {info.name: info.value for info in infos}
    with fits.open(file) as hdus:
        header = hdus[1].header
        facts = {
            "release": header["RELEASE"],
            "provenance": header["PROVEN"],
            "selection_digest": header["RECIPEID"],
            "rows": str(header["NROWS"]),
            "date": f"{header['DATE']}+00:00",
        }
        for line in header["HISTORY"]:  # long texts go on in the next line
            if named := re.match(r"(\w+): (.*)", line):
                name, facts[named[1]] = named[1], named[2]
            else:
                facts[name] += line
        return facts


def test_a_file_names_modified_images_of_a_release_made_before(shared_con, plain):
    title = "Galaxies artificially redshifted"
    manifest = replace(plain.manifest, origin="real", title=title)
    made = export(
        shared_con, replace(plain, manifest=manifest), Selection(), format="metadata"
    )
    assert facts_of(made, "metadata")["provenance"] == "modified"


@pytest.mark.parametrize("format", sorted(FILES.keys() - {"csv"}))
def test_every_file_says_what_it_is(shared_con, plain, format):
    made = export(shared_con, plain, BARRED, format=format, link="http://x/y", now=NOW)
    facts = facts_of(made, format)
    assert facts["release"] == "plain"
    assert facts["provenance"] == "simulated"
    assert facts["rows"] == str(made.rows)
    assert facts["date"] == "2026-11-20T12:00:00+00:00"
    assert facts["citation"] == "None: simulated."
    assert facts["selection_query"].startswith(
        "bar_strong=0.3&bar_strong=1&certain=surest"
    )
    assert "Strong bar between 0.30 and 1.00" in facts["selection"]
    assert facts["selection_digest"] in made.name
    assert made.name.startswith(f"plain_{made.rows}_")


def test_units_and_meanings_are_inside(shared_con, plain):
    made = export(shared_con, plain, BARRED, format="fits")
    with fits.open(io.BytesIO(made.data)) as hdus:
        header, columns = hdus[1].header, hdus[1].columns
        units = dict(zip(columns.names, columns.units, strict=True))
        place = columns.names.index("bar_strong_probability") + 1
        assert header[f"TCOMM{place}"] == "expected vote fraction of Strong bar"
    assert (units["ra"], units["mag_r"]) == ("deg", "mag")
    made = export(shared_con, plain, BARRED, format="votable")
    table = parse(io.BytesIO(made.data)).get_first_table()
    assert table.get_field_by_id("radius_arcsec").unit == "arcsec"
    made = export(shared_con, plain, BARRED, format="parquet")
    field = pq.read_schema(io.BytesIO(made.data)).field("dec")
    assert field.metadata == {
        b"unit": b"deg",
        b"description": b"declination",
        b"ucd": b"pos.eq.dec;meta.main",
    }
    made = export(shared_con, plain, BARRED, format="metadata")
    readme = facts_of(made, "metadata")
    assert made.name.endswith(".csv.json")
    assert readme["columns"]["radius_arcsec"]["unit"] == "arcsec"


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_selected_is_a_file_without_rows(shared_con, plain, format):
    empty = Selection(physical={"mag_r": Limit(30, 31)})
    made = export(shared_con, plain, empty, format=format)
    assert made.rows == len(read_back(made, format)) == 0


def test_a_votable_too_long_names_the_other_formats(monkeypatch, shared_con, plain):
    monkeypatch.setattr("morph.export.export.VOTABLE_ROWS", 2999)
    with pytest.raises(MorphError, match=r"3,000 galaxies are too many.*FITS, Parquet"):
        export(shared_con, plain, Selection(), format="votable")
    monkeypatch.setattr("morph.export.export.VOTABLE_ROWS", 3000)
    assert export(shared_con, plain, Selection(), format="votable").rows == 3000


@pytest.mark.parametrize("wrong", [{"format": "xls"}, {"columns": "all"}])
def test_what_cannot_be_written_is_named(shared_con, plain, wrong):
    with pytest.raises(MorphError, match="expected one of"):
        export(shared_con, plain, Selection(), **wrong)


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """A release of galaxies with strange identifiers, one without a position."""
    folder = tmp_path_factory.mktemp("strange")
    names = [f"J00000{i}.00+000000.0" for i in range(len(STRANGE))]
    places = np.linspace(1, 9, len(STRANGE))
    places[4] = np.nan
    galaxies = pd.DataFrame(
        {"iauname": names, "source_id": STRANGE, "ra": places, "dec": places}
    )
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(np.full((len(names), 34), 2.0), columns=columns)
    posteriors.insert(0, "iauname", names)
    manifest = Manifest("strange", "simulated", "x", "t", "Ångström\nsecond line", "c")
    write_release(folder / "strange", manifest, galaxies, posteriors)
    with connect(folder / "catalogue.duckdb") as con:
        yield con, load_release(con, folder / "strange")


def test_identifiers_survive_a_spreadsheet_and_come_back(strange):
    con, release = strange
    made = export(con, release, Selection(), format="csv")
    rows = read_back(made, "csv").set_index("iauname").sort_index()
    assert [*rows["source_id"].fillna("missing")][:-1] == STRANGE[:-1]
    assert rows["source_id"].isna().iloc[-1]
    text = made.data.decode()
    for cell in ("'=1+1", "'+cmd|x", "'-x", "'@sum", "'\tt", "''quoted'", ",-5,"):
        assert cell in text.replace('"', "")
    assert ",=1" not in text.replace('"', "")


@pytest.mark.parametrize("format", ["fits", "votable", "parquet"])
def test_identifiers_are_text_in_every_format(strange, format):
    con, release = strange
    made = export(con, release, Selection(), format=format)
    rows = read_back(made, format).set_index("iauname").sort_index()
    held = rows["source_id"].astype(object).fillna("").tolist()
    assert held[:5] == STRANGE[:5]
    if format == "fits":
        assert held[7] == r"\xe9, " + '"' + r"\xfc" + '" z'
    else:
        assert held[7] == STRANGE[7]
    assert held[8] == ""
    assert np.isnan(rows["ra"].to_numpy(float)).sum() == 1


def test_a_galaxy_without_a_position_is_near_nothing(strange):
    con, release = strange
    assert release.ranges["ra"].missing == 1
    assert len(nearest(con, release, 180.0, 0.0, limit=20)) == len(STRANGE) - 1
    assert count(con, release, Selection(physical={"ra": Limit(0, 360)})) == 8
    kept = Selection(physical={"ra": Limit(0, 360, keep_missing=True)})
    assert count(con, release, kept) == 9
