"""Memory-mapped features against their release."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from morph.errors import DamagedRelease, MorphError
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.release.write_files import features_to_arrow
from morph.similar import features
from morph.similar.features import open_features
from morph.trees.decision_tree import GZD5

NAMES = [f"J{i:06d}.00+000000.0" for i in range(30)]
MANIFEST = Manifest("test-1", "simulated", "bmz", "A test", "By a test.", "Nobody 2026")


@pytest.fixture
def vectors() -> dict[str, np.ndarray]:
    """Of all galaxies but two, in another order than theirs."""
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=7).astype(np.float16) for name in NAMES[:1:-1]}


def write(folder, vectors):
    rng = np.random.default_rng(1)
    galaxies = pd.DataFrame(
        {"iauname": NAMES, "ra": rng.uniform(0, 360, 30), "dec": rng.uniform(-5, 5, 30)}
    )
    columns = posterior_columns(GZD5, "concentration")
    posteriors = pd.DataFrame(rng.uniform(1, 9, (30, 34)), columns=columns)
    posteriors.insert(0, "iauname", NAMES)
    table = vectors and pd.DataFrame(
        {"iauname": list(vectors), "feature": list(vectors.values())}
    )
    write_release(folder, MANIFEST, galaxies, posteriors, features=table)
    return pd.read_parquet(folder / "galaxies.parquet")["iauname"]


def test_rows_are_the_releases_galaxies_and_zero_where_unknown(tmp_path, vectors):
    order = write(tmp_path / "release", vectors)
    mapped = open_features(tmp_path / "release", tmp_path / "cache")
    assert mapped.shape == (30, 7) and mapped.dtype == np.float16
    for row, name in zip(mapped, order, strict=True):
        np.testing.assert_array_equal(row, vectors.get(name, np.zeros(7)))


def test_the_copy_is_made_once_and_again_when_deleted(tmp_path, vectors, monkeypatch):
    write(tmp_path / "release", vectors)
    first = np.array(open_features(tmp_path / "release", tmp_path / "cache"))
    (copy,) = (tmp_path / "cache").iterdir()
    with monkeypatch.context() as patched:
        patched.setattr(features, "_copy", None)
        again = open_features(tmp_path / "release", tmp_path / "cache")
    np.testing.assert_array_equal(first, again)
    copy.unlink()
    np.testing.assert_array_equal(
        first, open_features(tmp_path / "release", tmp_path / "cache")
    )


def test_the_copy_cannot_be_written_to(tmp_path, vectors):
    write(tmp_path / "release", vectors)
    mapped = open_features(tmp_path / "release", tmp_path / "cache")
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 1


def test_features_longer_than_a_batch_are_all_copied(tmp_path, vectors, monkeypatch):
    monkeypatch.setattr(features, "_ROWS_AT_ONCE", 4)
    order = write(tmp_path / "release", vectors)
    told = []
    mapped = open_features(
        tmp_path / "release",
        tmp_path / "cache",
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(done, 28) for done in range(4, 29, 4)]
    known = [name in vectors for name in order]
    np.testing.assert_array_equal(np.any(mapped != 0, axis=1), known)


def test_a_release_without_features_says_so(tmp_path):
    write(tmp_path / "release", None)
    with pytest.raises(MorphError, match="test-1 has no features"):
        open_features(tmp_path / "release", tmp_path / "cache")


def test_features_of_a_galaxy_that_the_release_lacks_are_refused(tmp_path, vectors):
    write(tmp_path / "release", vectors)
    strange = pd.DataFrame({"iauname": ["J0"], "feature": [np.ones(7)]})
    pq.write_table(features_to_arrow(strange), tmp_path / "release/features.parquet")
    with pytest.raises(DamagedRelease, match="not in galaxies"):
        open_features(tmp_path / "release", tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())
