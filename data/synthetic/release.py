"""Write a synthetic release of any size block by block, for benchmarks and tests.

Names and positions of all galaxies are in memory, and one block of everything else.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.synthetic.answers import concentrations, masked_fractions, passes_around
from morph.atomic import sha256_of
from morph.errors import MorphError
from morph.images.store import write_store
from morph.images.store_manifest import StoreManifest
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.release.details import FIRST_MAP, Details
from morph.release.folder import (
    MANIFEST,
    FileRecord,
    Manifest,
    finish_release,
    posterior_columns,
    read_manifest,
)
from morph.release.maps import map_columns
from morph.sky import healpix_29, iauname_from_position, unique_names
from morph.trees.decision_tree import GZD5, DecisionTree, tree_called

_BLOCK = 16_384  # galaxies
_GROUP_ROWS = 100_000  # a reader holds one group of rows in memory at a time
_SAMPLE = 2_000  # galaxies whose mean is the middle of the features
_SURVEY = "bmz"  # of the simulated images
_PLANE_WORDS = "A random plane through the answers, with noise; not a UMAP"

Tables = dict[str, pa.Table]  # file name without suffix -> rows of one block


@dataclass(frozen=True)
class _Wanted:
    """What to write of every galaxy."""

    posterior: str
    passes: int
    votes: bool
    plane: np.ndarray | None  # (L, 2) weights from answers to map coordinates
    features: np.ndarray | None  # (L, D) weights from answers to features
    middle: np.ndarray  # (L,) mean of the answers
    tree: DecisionTree


def synthetic_release(
    folder: Path,
    *,
    galaxies: int = 248_088,
    seed: int = 0,
    release_id: str = "synthetic",
    fractions: bool = False,
    passes: int = 0,
    votes: bool = False,
    projection: bool = False,
    features: int = 0,
    cutouts: tuple[str, ...] = (),
    tree: DecisionTree = GZD5,
) -> Manifest:
    """Write a release of ``galaxies`` simulated galaxies with posteriors of a tree.

    ``fractions`` writes vote fractions, masked where the question is improbable,
    instead of concentrations; ``passes`` adds samples of that many stochastic passes;
    ``votes`` and ``projection`` add those tables; ``features`` adds that many features
    per galaxy, correlated with its answers; ``cutouts`` names cutout stores.

    Raises
    ------
    MorphError
        If the folder already holds a release, or ``galaxies`` is below 1.
    """
    if (folder / MANIFEST).exists() or galaxies < 1:
        raise MorphError(
            f"cannot write a release of {galaxies} galaxies to {folder}; choose the "
            "name of a new release, and 1 galaxy or more"
        )
    manifest = Manifest(
        release_id,
        "simulated",
        survey="synthetic",
        tree=tree.name,
        title=f"{galaxies:,} synthetic galaxies",
        note="Random numbers with the correlations of a decision tree; no model.",
        citation="None: simulated.",
        posterior="fraction" if fractions else "concentration",
        cutouts=cutouts,
        details=Details(projection=_PLANE_WORDS if projection else None),
    )
    wanted = replace(
        _wanted(seed, tree, projection=projection, features=features),
        posterior=manifest.posterior,
        passes=passes,
        votes=votes,
    )
    folder.mkdir(parents=True, exist_ok=True)
    sky = _sky(np.random.default_rng([seed, 0]), galaxies)
    blocks = (
        _block(
            np.random.default_rng([seed, 2, start]), sky[start : start + _BLOCK], wanted
        )
        for start in range(0, galaxies, _BLOCK)
    )
    files = _write(folder, blocks)
    return finish_release(folder, replace(manifest, galaxies=galaxies), files)


def _wanted(
    seed: int, tree: DecisionTree, *, projection: bool, features: int
) -> _Wanted:
    """Concentrations alone, and the weights of the map and the features."""
    rng = np.random.default_rng([seed, 1])
    sample = concentrations(rng, _SAMPLE, tree)
    middle = expected_probability(sample, tree).mean(axis=0)
    plane = 10 * rng.normal(size=(len(middle), 2)) if projection else None
    weights = None
    if features:
        weights = 3 * rng.standard_normal((len(middle), features), dtype=np.float32)
    return _Wanted("concentration", 0, False, plane, weights, middle, tree)


def _sky(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Names and positions in the north Galactic cap, in the order of HEALPix."""
    ra = rng.uniform(110, 270, count)
    dec = np.degrees(np.arcsin(rng.uniform(np.sin(np.radians(32.4)), 0.98, count)))
    index = healpix_29(ra, dec)
    order = np.argsort(index)
    ra, dec, index = ra[order], dec[order], index[order]
    names = unique_names(iauname_from_position(ra, dec))
    return pd.DataFrame({"iauname": names, "ra": ra, "dec": dec, "_healpix_29": index})


def _block(rng: np.random.Generator, sky: pd.DataFrame, wanted: _Wanted) -> Tables:
    """Rows of every file for some galaxies."""
    names = pa.array(sky["iauname"], pa.string())
    tree = wanted.tree
    alpha = concentrations(rng, len(sky), tree)
    tables = {"galaxies": _galaxies(rng, sky)}
    if wanted.passes:
        drawn = passes_around(rng, alpha, wanted.passes)
        alpha = drawn.mean(axis=1)
        tables["samples"] = _samples(names, drawn, tree)
    fractions = wanted.posterior == "fraction"
    values = masked_fractions(alpha, tree) if fractions else alpha
    columns = posterior_columns(tree, wanted.posterior)
    tables["posteriors"] = _labelled(names, values, columns)
    mean = expected_probability(alpha, tree)
    if wanted.votes:
        tables["votes"] = _votes(rng, names, mean, tree)
    if wanted.features is not None:
        answers = (mean - wanted.middle).astype(np.float32)
        tables["features"] = _features(rng, names, answers @ wanted.features)
    if wanted.plane is not None:
        tables["projection"] = _projection(rng, names, mean @ wanted.plane)
    return tables


def _galaxies(rng: np.random.Generator, sky: pd.DataFrame) -> pa.Table:
    """Positions, photometry and redshift; 5% have no redshift."""
    count = len(sky)
    redshift = np.clip(rng.lognormal(np.log(0.09), 0.45, count), 0.005, 0.5)
    redshift[rng.random(count) < 0.05] = np.nan
    table = sky.assign(
        source_id=[f"syn-{row}" for row in sky.index],
        mag_r=17.77 - rng.exponential(0.9, count),
        radius_arcsec=rng.lognormal(np.log(5), 0.5, count),
        redshift=redshift,
    )
    return pa.Table.from_pandas(table, preserve_index=False)


def _labelled(names: pa.Array, values: np.ndarray, columns: Iterable[str]) -> pa.Table:
    """A table with NaN as null, as `morph.release.folder.write_release` writes it."""
    by_column = {
        name: pa.array(values[:, index], from_pandas=True)
        for index, name in enumerate(columns)
    }
    return pa.table({"iauname": names, **by_column})


def _samples(names: pa.Array, drawn: np.ndarray, tree: DecisionTree) -> pa.Table:
    """One row per galaxy and pass, sorted by galaxy."""
    galaxies, passes, _ = drawn.shape
    columns = posterior_columns(tree, "concentration")
    repeated = names.take(np.repeat(np.arange(galaxies), passes))
    table = _labelled(repeated, drawn.reshape(galaxies * passes, -1), columns)
    return table.add_column(1, "pass", pa.array(np.tile(np.arange(passes), galaxies)))


def _votes(
    rng: np.random.Generator, names: pa.Array, mean: np.ndarray, tree: DecisionTree
) -> pa.Table:
    """Counts that follow the posterior's mean, for two thirds of the galaxies."""
    voted = np.flatnonzero(rng.random(len(mean)) < 2 / 3)
    return _labelled(names.take(voted), rng.poisson(8 * mean[voted]), tree.labels)


def _projection(
    rng: np.random.Generator, names: pa.Array, plane: np.ndarray
) -> pa.Table:
    """A plane through the answers with some noise, in place of a UMAP."""
    x, y = (plane + rng.normal(0, 0.3, plane.shape)).T
    trust = rng.beta(5, 2, len(names))
    columns = ("iauname", *map_columns(FIRST_MAP))
    return pa.table(dict(zip(columns, (names, x, y, trust), strict=True)))


def _features(
    rng: np.random.Generator, names: pa.Array, answers: np.ndarray
) -> pa.Table:
    """Non-negative, as after a ReLU; similar where answers are similar."""
    noise = rng.standard_normal(answers.shape, dtype=np.float32)
    values = np.maximum(answers + noise, 0).astype(np.float16)
    vectors = pa.FixedSizeListArray.from_arrays(values.ravel(), values.shape[1])
    return pa.table({"iauname": names, "feature": vectors})


def _write(folder: Path, blocks: Iterable[Tables]) -> Mapping[str, FileRecord]:
    """Append every block's rows to all files."""
    rows: dict[str, int] = {}
    with ExitStack() as files:
        writers: dict[str, pq.ParquetWriter] = {}
        for tables in blocks:
            for name, table in tables.items():
                if name not in writers:
                    path = folder / f"{name}.parquet"
                    writer = pq.ParquetWriter(path, table.schema, compression="zstd")
                    writers[name] = files.enter_context(writer)
                writers[name].write_table(table, row_group_size=_GROUP_ROWS)
                rows[name] = rows.get(name, 0) + table.num_rows
    paths = {name: folder / f"{name}.parquet" for name in rows}
    return {
        path.name: FileRecord(sha256_of(path), path.stat().st_size, rows[name])
        for name, path in paths.items()
    }


def write_cutouts(store: Path, release: Path, *, count: int, seed: int = 0) -> None:
    """Write a cutout store for galaxies with the largest P of the tree's first answer.

    The images are simulated and assigned in order, to try galleries: an image is
    unrelated to the posterior of its galaxy.

    Raises
    ------
    MorphError
        If the release has no concentrations or fewer galaxies.
    """
    from data.simulation.simulate import SIZE, simulate  # loads torch

    manifest = read_manifest(release)
    if manifest.posterior != "concentration" or not 0 < count <= manifest.galaxies:
        raise MorphError(
            f"cannot make {count:,} images for {manifest.galaxies:,} galaxies with "
            f"{manifest.posterior}s; expected concentrations, and 1 to "
            f"{manifest.galaxies:,} images"
        )
    columns = ["iauname", "ra", "dec", "mag_r", "radius_arcsec", "redshift"]
    galaxies = pd.read_parquet(release / "galaxies.parquet", columns=columns)
    index = galaxies.iloc[_most_probable(release, manifest, count)].reset_index(
        drop=True
    )
    pixels = simulate(count, seed, surveys=(_SURVEY,)).pixels[_SURVEY]
    title = f"Simulated images, assigned in order to {count:,} synthetic galaxies"
    write_store(
        store, StoreManifest(_SURVEY, "simulated", title, count, SIZE), index, pixels
    )


def _most_probable(release: Path, manifest: Manifest, count: int) -> np.ndarray:
    """Rows of the galaxies with the largest P(reached) ρ̂ of the first answer."""
    tree = tree_called(manifest.tree)
    columns = posterior_columns(tree, "concentration")
    alpha = pd.read_parquet(release / "posteriors.parquet", columns=columns).to_numpy()
    mean, label = expected_probability(alpha, tree), tree.first_answer
    question = tree.questions.index(tree.question_of(label))
    reached = asked_probability(mean, tree)[:, question]
    reached = reached * mean[:, tree.labels.index(label)]
    return np.sort(np.argsort(-reached, kind="stable")[:count])
