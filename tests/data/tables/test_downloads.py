"""Files that morph writes load again as what they are."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table as AstropyTable

from data.synthetic.release import synthetic_release
from data.tables.publish_table import TableRelease, publish_table
from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.export.export import export
from morph.export.file_formats import FORMATS
from morph.home import catalogue_path
from morph.posterior.vote_priors import PRIORS
from morph.release.details import Details
from morph.release.folder import posterior_columns, write_release
from morph.release.kinds import kind_of
from morph.release.manifest import ORIGINS, Manifest, read_manifest
from morph.selection.recipe_json import to_json
from morph.selection.selection import Selection
from morph.sky import iauname_from_position
from morph.trees.decision_tree import GZD5

KINDS = ("plain", "passes", "fractions", "votes", "voted")
SELECTION = Selection(limits={"smooth-or-featured_smooth": (0.2, 1)})


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Releases of all kinds and origins, loaded."""
    root = tmp_path_factory.mktemp("home")
    made = {
        "plain": {"votes": True},
        "passes": {"passes": 3},
        "fractions": {"fractions": True},
        "votes": {"fractions": True, "votes": True},
    }
    for seed, (name, options) in enumerate(made.items()):
        folder = root / "releases" / name
        synthetic_release(folder, galaxies=60, seed=seed, release_id=name, **options)
    _write_voted(root / "releases" / "voted")
    return root


def _write_voted(folder: Path) -> None:
    """Sixty galaxies of posteriors of votes, some questions of some without votes."""
    rng = np.random.default_rng(9)
    ra, dec = rng.uniform(0, 360, 60), rng.uniform(-60, 60, 60)
    names = iauname_from_position(ra, dec)
    counts = rng.integers(0, 9, (60, 34))
    counts[::7, 3:] = 0
    votes = pd.DataFrame(counts, columns=list(GZD5.labels))
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(counts + 0.5, columns=columns)
    for table in (votes, posteriors):
        table.insert(0, "iauname", names)
    details = Details(source={"file": "votes.csv"}, prior=PRIORS["jeffreys"].to_json())
    manifest = Manifest("voted", "real", "decals", "Votes", "", "Me", details=details)
    galaxies = pd.DataFrame({"iauname": names, "ra": ra, "dec": dec})
    write_release(folder, manifest, galaxies, posteriors, votes=votes)


@pytest.fixture(scope="module")
def con(home):
    with connection.connect(catalogue_path(home)) as con:
        for name in KINDS:
            load_release(con, home / "releases" / name)
        yield con


@pytest.fixture
def downloaded(con, tmp_path):
    def write(name, format, columns="posteriors") -> Path:
        of = release_table.release(con, name)
        made = export(con, of, SELECTION, format=format, columns=columns)
        path = tmp_path / made.name
        path.write_bytes(made.data)
        if format == "csv":
            about = export(con, of, SELECTION, format="metadata", columns=columns)
            (tmp_path / about.name).write_bytes(about.data)
        return path

    return write


@pytest.mark.parametrize("columns", ["posteriors", "everything"])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", KINDS)
def test_a_download_loads_again_as_what_it_is(
    name, format, columns, home, con, downloaded, tmp_path
):
    path = downloaded(name, format, columns)
    again = publish_table(tmp_path, path, TableRelease("again"))
    before, folder = read_manifest(home / "releases" / name), home / "releases" / name
    for what in ("origin", "survey", "citation", "licence", "tree", "posterior"):
        assert getattr(again, what) == getattr(before, what), what
    assert again.title == before.title and again.model == before.model
    assert again.details.prior == before.details.prior
    assert kind_of(again).is_votes == (name in ("voted", "votes") and _has_votes(again))
    stated = again.details.download
    assert stated["release"] == name
    rows = _posteriors(tmp_path / "releases" / "again")
    expected = _posteriors(folder).loc[rows.index]
    assert 0 < len(rows) < 60
    if (name, columns) == ("passes", "posteriors"):
        told = [f"{label}_probability" for label in GZD5.labels]
        expected = con.table(release_table.release(con, name).table).df()
        expected = expected.set_index("iauname").loc[rows.index, told]
        np.testing.assert_allclose(_means(rows), expected, atol=1e-5)
    else:
        np.testing.assert_allclose(rows, expected, rtol=2e-3, atol=1e-5)
    assert ("passes" in again.details.report) == (name == "passes")
    if columns == "everything" and "votes.parquet" in before.files:
        votes = pd.read_parquet(tmp_path / "releases" / "again" / "votes.parquet")
        held = pd.read_parquet(folder / "votes.parquet").set_index("iauname")
        votes = votes.set_index("iauname")
        pd.testing.assert_frame_equal(votes, held.loc[votes.index], check_dtype=False)


def _has_votes(manifest: Manifest) -> bool:
    return manifest.details.prior is not None or "votes.parquet" in manifest.files


def _means(alpha: pd.DataFrame) -> np.ndarray:
    parts = [alpha.to_numpy()[:, GZD5.columns(q)] for q in GZD5.questions]
    return np.hstack([part / part.sum(axis=1, keepdims=True) for part in parts])


def _posteriors(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")


@pytest.mark.parametrize("format", FORMATS)
def test_the_recipe_comes_back(format, downloaded, tmp_path):
    path = downloaded("plain", format)
    again = publish_table(tmp_path, path, TableRelease("again"))
    recipe = json.loads(again.details.download["selection_recipe"])
    assert recipe == json.loads(json.dumps(to_json(SELECTION)))
    assert "Smooth" in again.details.report["a download"]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("format", FORMATS)
def test_simulated_stays_simulated(format, origin, concentrations, tmp_path):
    table = tmp_path / "table.csv"
    concentrations.to_csv(table, index=False)
    order = TableRelease("first", "decals", origin, note="Über «Galaxien»: 1")
    first = publish_table(tmp_path, table, order)
    with connection.connect(catalogue_path(tmp_path)) as con:
        load_release(con, tmp_path / "releases" / "first")
        of = release_table.release(con, "first")
        for wanted in ("metadata", format):
            made = export(con, of, Selection(), format=wanted, columns="posteriors")
            path = tmp_path / made.name
            path.write_bytes(made.data)
    again = publish_table(tmp_path, path, TableRelease("again"))
    assert again.origin == origin and again.survey == "decals"
    assert again.note == first.note
    for wrong in ({"origin": _other(origin)}, {"survey": "bmz"}):
        with pytest.raises(MorphError, match="contradicts it"):
            publish_table(tmp_path, path, TableRelease("third", **wrong))


def _other(origin: str) -> str:
    return next(one for one in ORIGINS if one != origin)


def test_an_unzipped_csv_has_its_json_beside_it(downloaded, tmp_path):
    path = downloaded("plain", "csv_zip")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    again = publish_table(
        tmp_path, tmp_path / path.name.removesuffix(".zip"), TableRelease("again")
    )
    assert again.details.download["release"] == "plain"


def test_a_csv_without_its_json_is_not_taken_for_real(downloaded, tmp_path):
    path = downloaded("plain", "csv")
    path.with_name(f"{path.name}.json").unlink()
    order = TableRelease("again", "decals")
    with pytest.raises(MorphError, match=rf"put its JSON .*\({path.name}\.json\)"):
        publish_table(tmp_path, path, order)
    made = publish_table(tmp_path, path, replace(order, origin="simulated"))
    assert made.origin == "simulated" and made.posterior == "concentration"


def test_a_copy_by_astropy_keeps_the_origin(downloaded, tmp_path):
    path = downloaded("plain", "fits")
    AstropyTable.read(path).write(tmp_path / "copy.fits")
    again = publish_table(tmp_path, tmp_path / "copy.fits", TableRelease("again"))
    assert again.details.download["provenance"] == again.origin


def test_other_files_with_such_words_are_no_downloads(concentrations, tmp_path):
    path = tmp_path / "table.fits"
    AstropyTable.from_pandas(concentrations).write(path)
    fits.setval(path, "SURVEY", value="sdss", ext=1)
    fits.setval(path, "TITLE", value="Another table", ext=1)
    made = publish_table(tmp_path, path, TableRelease("made", "decals"))
    assert made.survey == "decals" and made.title == "Table of concentrations"
    assert made.origin == "real" and made.details.download is None


def test_basic_columns_have_no_posteriors_and_say_so(downloaded, tmp_path):
    path = downloaded("plain", "parquet", "basic")
    with pytest.raises(MorphError, match="download it again with the posteriors"):
        publish_table(tmp_path, path, TableRelease("again"))
