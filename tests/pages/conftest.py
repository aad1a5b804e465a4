"""A small MORPH_HOME for the pages: two releases, drawn pictures, nothing trained."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from morph.catalogue import sync
from morph.images import store
from morph.images.store import StoreManifest
from morph.posterior.dirichlet import CONCENTRATION_RANGE, expected_probability
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.sky import iauname_from_position, unique_names
from morph.trees.decision_tree import GZD5, DecisionTree
from pages.common.server import database
from tests.fraction_releases import write_fractions

SHELL = Path(__file__).parents[2] / "pages" / "common" / "frame" / "shell.py"
GALAXIES = 300
PIXELS = 64


def answered(rng: np.random.Generator, galaxies: int, tree: DecisionTree) -> np.ndarray:
    """Concentrations (N, L) of galaxies that mostly lean to one answer a question."""
    low, high = CONCENTRATION_RANGE
    blocks = []
    for question in tree.questions:
        answers = len(question.answers)
        mean = rng.dirichlet(np.full(answers, 0.6), galaxies)
        total = rng.uniform(10, 95, (galaxies, 1))
        blocks.append(np.clip(low + mean * total, low, high))
    return np.concatenate(blocks, axis=1)


def drawn_pictures(rng: np.random.Generator, galaxies: int) -> np.ndarray:
    """(N, 3, S, S) fluxes: an inclined blob with a bright middle, and noise."""
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    pixels = rng.normal(0, 0.01, (galaxies, 3, PIXELS, PIXELS))
    for i in range(galaxies):
        angle, ratio, size = (
            rng.uniform(0, np.pi),
            rng.uniform(0.25, 1),
            rng.uniform(5, 11),
        )
        along = x * np.cos(angle) + y * np.sin(angle)
        across = (-x * np.sin(angle) + y * np.cos(angle)) / ratio
        radius = np.hypot(along, across)
        disc = 0.25 * np.exp(-radius / size) + 0.8 * np.exp(-radius / 1.6)
        colour = rng.uniform(0.5, 1.0) ** np.arange(3)[::-1]
        pixels[i] += disc * colour[:, None, None] * rng.uniform(0.5, 1.5)
    return pixels


def make_home(root: Path, galaxies: int = GALAXIES) -> None:
    """Write a release with some pictures, and one of fractions without any."""
    rng = np.random.default_rng(7)
    ra, dec = rng.uniform(120, 260, galaxies), rng.uniform(33, 80, galaxies)
    names = unique_names(iauname_from_position(ra, dec))
    table = pd.DataFrame({"iauname": names, "ra": ra, "dec": dec})
    table["source_id"] = [f"demo-{i}" for i in range(galaxies)]
    table["mag_r"] = rng.uniform(14, 17.8, galaxies)
    table["radius_arcsec"] = rng.uniform(2, 14, galaxies)
    table["redshift"] = np.where(
        rng.random(galaxies) < 0.2, np.nan, rng.beta(2, 8, galaxies)
    )
    alpha = answered(rng, galaxies, GZD5)
    columns = [f"{label}_concentration" for label in GZD5.labels]
    posteriors = pd.DataFrame(alpha, columns=columns)
    posteriors.insert(0, "iauname", names)
    _write_pictures(root, rng, table)
    write_fractions(  # first: the older of the two
        root,
        "fractions-only",
        table.head(120),
        expected_probability(alpha[:120], GZD5),
        origin="simulated",
        survey="decals",
        title="Vote fractions only",
        note="No posterior.",
    )
    write_release(
        root / "releases" / "small-demo",
        Manifest(
            release_id="small-demo",
            origin="demonstration",
            survey="bmz",
            title="Small demonstration",
            note="Random galaxies for the tests of the pages.",
            citation="Nobody et al. 2026",
            model="none",
            cutouts=("small-bmz",),
            not_learnt=("edge-on-bulge",),
        ),
        table,
        posteriors,
        features=made_features(names, alpha),
        projection=made_map(names, alpha),
    )


def write_equal(root: Path) -> None:
    """Add a release in which all galaxies of `make_home` have equal concentrations."""
    galaxies = pd.read_parquet(root / "releases" / "small-demo" / "galaxies.parquet")
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(3.0, index=galaxies.index, columns=columns)
    posteriors.insert(0, "iauname", galaxies["iauname"])
    manifest = Manifest("equal", "simulated", "bmz", "Equal values", "", "")
    write_release(root / "releases" / "equal", manifest, galaxies, posteriors)


def made_features(names: Sequence[str], alpha: np.ndarray) -> pd.DataFrame:
    """Sixteen numbers a galaxy, alike where the answers are."""
    rng = np.random.default_rng(11)
    mixed = expected_probability(alpha, GZD5) @ rng.normal(size=(alpha.shape[1], 16))
    noise = rng.normal(0, 0.1, mixed.shape)
    features = np.maximum(mixed + noise, 0.01).astype(np.float16)
    return pd.DataFrame({"iauname": names, "feature": list(features)})


def made_map(names: Sequence[str], alpha: np.ndarray) -> pd.DataFrame:
    """Smooth galaxies to the left, edge-on ones up; trusted less the farther right."""
    share = expected_probability(alpha, GZD5)
    x, y = 10 * (1 - share[:, 0]), 10 * share[:, 3]
    trust = 0.8 - 0.06 * x
    return pd.DataFrame({"iauname": names, "umap_x": x, "umap_y": y, "trust": trust})


def _write_pictures(root: Path, rng: np.random.Generator, table: pd.DataFrame) -> None:
    pictured = (
        table[["iauname", "ra", "dec"]]
        .iloc[::5]
        .index.symmetric_difference(table.index)
    )
    index = table.loc[pictured, ["iauname", "ra", "dec"]].reset_index(drop=True)
    manifest = StoreManifest("bmz", "demonstration", "Drawn", len(index), PIXELS)
    pixels = drawn_pictures(rng, len(index))
    store.write_store(root / "cutouts" / "small-bmz", manifest, index, pixels)


@pytest.fixture(scope="session")
def written_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("home")
    make_home(root)
    return root


@pytest.fixture
def morph_home(written_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """MORPH_HOME with both releases loaded, the one with posteriors last."""
    monkeypatch.setenv("MORPH_HOME", str(written_home))
    with database.cursor(written_home.resolve()) as con:
        sync.sync(con, written_home / "releases")
    yield written_home.resolve()
    database.close(written_home.resolve())


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    yield tmp_path.resolve()
    database.close(tmp_path.resolve())


@pytest.fixture
def dashboard() -> AppTest:
    """The dashboard as its entry script, not yet run."""
    return AppTest.from_file(SHELL, default_timeout=20)
