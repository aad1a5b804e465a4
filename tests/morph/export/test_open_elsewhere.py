"""Exports of every kind of release open elsewhere, with their values and types.

Elsewhere is STILTS, which reads as TOPCAT does, astropy, pandas and polars.
"""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from data.synthetic.release import synthetic_release
from data.tables.galaxies import Choices
from data.tables.read import read_published
from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.export.export import export
from morph.export.file_formats import FORMATS
from morph.posterior.vote_fractions import vote_fractions
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.selection.selection import Selection
from morph.sky import iauname_from_position
from morph.subsets import saved
from morph.tables import open_table
from morph.trees.decision_tree import GZD5
from tests.two_maps import NAME, with_second_map

KINDS = ("concentrations", "passes", "fractions", "votes", "maps")
GALAXIES = 60
STILTS = shutil.which("stilts")
TEXTS = {"true": True, "false": False}  # astropy takes no word for a Boolean


@dataclass(frozen=True)
class Exported:
    """Files of all galaxies, all columns and a subset of one release."""

    files: Mapping[str, Path]  # by format
    rows: pa.Table  # what they hold, from Parquet
    subset: str  # the Boolean column


def of_votes(folder: Path) -> None:
    """A release of volunteers' votes; some questions have none."""
    rng = np.random.default_rng(5)
    votes = rng.integers(0, 4, (GALAXIES, len(GZD5.labels))).astype(np.int64)
    votes[::3, GZD5.columns(GZD5.question("bar"))] = 0
    ra, dec = rng.uniform(0, 360, GALAXIES), rng.uniform(-5, 5, GALAXIES)
    names = iauname_from_position(ra, dec)
    columns = posterior_columns(GZD5, "fraction")
    fractions = pd.DataFrame(vote_fractions(votes, GZD5), columns=columns)
    counts = pd.DataFrame(votes, columns=list(GZD5.labels))
    for table in (fractions, counts):
        table.insert(0, "iauname", names)
    manifest = Manifest("votes", "real", "decals", "T", "N", "C", posterior="fraction")
    # Identifiers of SDSS are numbers that no float64 holds.
    ids = [str(587722981736120347 + row) for row in range(GALAXIES)]
    galaxies = pd.DataFrame({"iauname": names, "source_id": ids, "ra": ra, "dec": dec})
    write_release(folder, manifest, galaxies, fractions, votes=counts)


@pytest.fixture(scope="module")
def releases(tmp_path_factory) -> Path:
    """Folders of a small release of each kind."""
    folder = tmp_path_factory.mktemp("elsewhere")

    def synthetic(name: str, **kind) -> None:
        synthetic_release(folder / name, galaxies=GALAXIES, release_id=name, **kind)

    synthetic("concentrations", votes=True)
    synthetic("passes", passes=3)
    synthetic("fractions", fractions=True)
    synthetic("one", projection=True, features=4)
    with_second_map(folder / "maps", folder / "one")
    of_votes(folder / "votes")
    return folder


@pytest.fixture(scope="module", params=KINDS)
def exported(request, releases, tmp_path_factory) -> Iterator[Exported]:
    folder = tmp_path_factory.mktemp(request.param)
    path, beside = folder / "c.duckdb", folder / "w.duckdb"
    with connection.connect(path, workspace=beside) as con:
        release = load_release(con, releases / request.param)
        smooth = Selection(limits={"smooth-or-featured_smooth": (0.4, 1)}, rule="off")
        one = saved.save_selection(con, release, smooth, name="Smooth")
        assert 0 < one.galaxies < GALAXIES
        column = f"in_{one.subset_id}"
        files = {}
        for form in FORMATS:
            made = export(
                con,
                release,
                Selection(),
                format=form,
                columns="everything",
                subset_columns=[one.subset_id],
            )
            files[form] = folder / made.name
            files[form].write_bytes(made.data)
    yield Exported(files, pq.read_table(files["parquet"]), column)


def check(exported: Exported, found: pd.DataFrame, *, guessed: bool = False) -> None:
    """The same columns, types and values; ``guessed`` of a file without types."""
    assert list(found) == exported.rows.column_names
    assert found[exported.subset].any() and not found[exported.subset].all()
    for field in exported.rows.schema:
        held, values = exported.rows[field.name].to_pandas(), found[field.name]
        if guessed and held.isna().all():
            assert values.isna().all(), field.name
        elif pa.types.is_boolean(field.type):
            assert values.dtype == bool, field.name
            assert values.tolist() == held.tolist()
        elif pa.types.is_string(field.type):
            number = pd.api.types.is_numeric_dtype(values)
            assert guessed or not number
            if number and values.isna().any():  # 2 of spiral arms became 2.0
                values, held = values.astype(float), held.astype(float)
            texts = values.astype(object).where(values.notna(), "").astype(str)
            expected = held.astype(object).where(held.notna(), "").astype(str)
            assert texts.tolist() == expected.tolist(), field.name
        else:
            assert pd.api.types.is_numeric_dtype(values), (field.name, values.dtype)
            numbers = values.astype("Float64").to_numpy(held.dtype, na_value=np.nan)
            np.testing.assert_allclose(
                numbers, held, rtol=1e-15 if guessed else 0, err_msg=field.name
            )


def test_pandas_opens_csv_and_parquet(exported):
    check(exported, pd.read_csv(exported.files["csv"]), guessed=True)
    check(exported, pd.read_parquet(exported.files["parquet"]))
    with zipfile.ZipFile(exported.files["csv_zip"]) as archive:
        table = next(name for name in archive.namelist() if name.endswith(".csv"))
        check(exported, pd.read_csv(archive.open(table)), guessed=True)


def test_polars_opens_csv_and_parquet(exported):
    found = polars.read_csv(exported.files["csv"])
    check(exported, found.to_pandas(), guessed=True)
    check(exported, polars.read_parquet(exported.files["parquet"]).to_pandas())


# Its own reader of Parquet takes no missing texts, which pandas does for it.
@pytest.mark.parametrize("format", ["fits", "votable", "csv"])
def test_astropy_opens(exported, format):
    path = exported.files[format]
    form = {"csv": "ascii.csv"}.get(format, format)
    found = Table.read(path, format=form)
    found.convert_bytestring_to_unicode()
    rows = found.to_pandas()
    if format == "csv":
        rows[exported.subset] = rows[exported.subset].map(TEXTS).astype(bool)
    check(exported, rows, guessed=format == "csv")


@pytest.mark.skipif(
    STILTS is None and not os.environ.get("MORPH_REQUIRE_STILTS"),
    reason="STILTS is not installed; on Debian and Ubuntu: apt-get install stilts",
)
def test_stilts_opens_fits_votable_and_csv(exported, tmp_path):
    assert STILTS, "MORPH_REQUIRE_STILTS is set, and STILTS is not installed"
    forms = ("fits", "votable", "csv")
    # Side by side, so that Java starts once.
    command = [STILTS, "tjoin", f"nin={len(forms)}", "fixcols=all"]
    for number, form in enumerate(forms, start=1):
        command += [f"in{number}={exported.files[form]}", f"ifmt{number}={form}"]
        command += [f"suffix{number}=@{form}"]
    # Without the metadata: astropy reads no array of texts.
    command += ["ocmd=clearparams *", "ofmt=votable-binary2"]
    command += [f"out={tmp_path / 'joined.vot'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    joined = Table.read(
        tmp_path / "joined.vot", format="votable", use_names_over_ids=True
    ).to_pandas()
    for form in forms:
        own = [name for name in joined if name.endswith(f"@{form}")]
        rows = joined[own].rename(columns=lambda name: name.rpartition("@")[0])
        check(exported, rows, guessed=form == "csv")


def test_a_question_that_is_not_reached_is_empty_in_fractions(exported):
    rows = exported.rows.to_pandas()
    for question in GZD5.questions:
        fractions = rows[[f"{label}_probability" for label in question.labels]]
        unknown = fractions.isna().any(axis=1)
        assert rows[f"{question.name}_answer"].isna().equals(unknown)


def test_fractions_are_called_so_and_load_again(exported):
    fields = {field.name: field for field in exported.rows.schema}
    words = fields["bar_strong_probability"].metadata[b"description"].decode()
    given = "bar_strong_concentration" not in fields
    assert words == ("" if given else "expected ") + "vote fraction of Strong bar"
    assert ("bar_strong_fraction" in fields) == given
    rows = exported.rows.to_pandas().set_index("iauname")
    with open_table(exported.files["csv"]) as table:
        again = read_published(table, GZD5, Choices(positions_from="names"))
    assert again.posterior == ("fraction" if given else "concentration")
    columns = posterior_columns(GZD5, again.posterior)
    read = again.posteriors.set_index("iauname").loc[rows.index, list(columns)]
    np.testing.assert_allclose(read, rows[list(columns)], rtol=1e-6)


def test_named_maps_are_columns(exported):
    names = exported.rows.column_names
    assert (f"{NAME}_x" in names) == ("maps" in exported.files["fits"].name)
