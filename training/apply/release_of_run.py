"""The release of a finished run: posteriors, features, map and votes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from morph.atomic import replacing
from morph.errors import MorphError
from morph.images.blanks import BadPixels
from morph.images.store import CutoutStore
from morph.release.details import Details
from morph.release.folder import (
    MANIFEST,
    Manifest,
    posterior_columns,
    verify_release,
    write_release,
)
from morph.release.maps import map_columns
from morph.release.photometry_and_redshifts import OF_IMAGES, PHYSICAL
from morph.runs.config_parts import ReleaseConfig
from morph.trees.decision_tree import DecisionTree, tree_called
from training.apply.predict import Prediction
from training.network.checkpoints import FittedModel

_GALAXY_COLUMNS = ("iauname", "ra", "dec", "source_id", "position_from", *PHYSICAL)


def write_run_release(
    folder: Path,
    config: ReleaseConfig,
    stores: list[CutoutStore],
    prediction: Prediction,
    card: FittedModel,
    *,
    parent_run: str,
    most_bad: float,
    not_learnt: tuple[str, ...],
    details: Details,
    documents: Mapping[str, str],
) -> Manifest:
    """Write the run's release folder, or return it if it is complete.

    Where images have bad pixels, or flags for more than ``most_bad`` of them, a missing
    band or clipped fluxes, the release has columns of these.

    Tables left by an interrupted run are overwritten: without its manifest, which is
    written last, the folder is not a release.
    """
    if (folder / MANIFEST).exists():
        return verify_release(folder)
    tree = tree_called(card.tree)
    manifest = Manifest(
        release_id=config.release_id,
        origin=_same("origin", stores),
        survey=_same("survey", stores),
        title=config.title or config.release_id,
        note=config.note,
        citation=config.citation,
        tree=tree.name,
        model=card.description,
        parent_run=parent_run,
        cutouts=config.stores,
        not_learnt=not_learnt,
        details=details,
    )
    return write_release(
        folder,
        manifest,
        _galaxies(stores, prediction.bad, most_bad),
        _per_label(prediction.names, prediction.concentration, tree),
        samples=_samples(prediction, tree),
        votes=_votes(stores, tree),
        features=feature_table(prediction),
        projection=read_projection(folder.parent),
        documents=documents,
    )


def write_projection(
    folder: Path,
    name: str,
    iaunames: np.ndarray,
    position: np.ndarray,
    trust: np.ndarray,
) -> None:
    """Save the map of a run for its later stages: (N, 2) coordinates and N trusts."""
    table = pd.DataFrame({"iauname": iaunames})
    table[list(map_columns(name))] = np.column_stack([position, trust])
    with replacing(folder / "projection.parquet") as temporary:
        table.to_parquet(temporary, index=False)


def read_projection(folder: Path) -> pd.DataFrame | None:
    """The map that the run made, if any."""
    path = folder / "projection.parquet"
    return pd.read_parquet(path) if path.is_file() else None


def feature_table(prediction: Prediction) -> pd.DataFrame:
    """``iauname`` and ``feature`` of all galaxies."""
    features = {"iauname": prediction.names, "feature": list(prediction.features)}
    return pd.DataFrame(features)


def _per_label(
    names: np.ndarray, alpha: np.ndarray, tree: DecisionTree
) -> pd.DataFrame:
    table = pd.DataFrame(alpha, columns=posterior_columns(tree, "concentration"))
    table.insert(0, "iauname", names)
    return table


def _samples(prediction: Prediction, tree: DecisionTree) -> pd.DataFrame | None:
    """One row per pass and galaxy, or None without passes."""
    if prediction.samples is None:
        return None
    tables = [_per_label(prediction.names, one, tree) for one in prediction.samples]
    for number, table in enumerate(tables):
        table.insert(1, "pass", number)
    return pd.concat(tables, ignore_index=True)


def _galaxies(
    stores: list[CutoutStore], bad: BadPixels | None, most: float
) -> pd.DataFrame:
    galaxies = pd.concat([store.index for store in stores], ignore_index=True)
    galaxies = galaxies.drop(columns=list(OF_IMAGES), errors="ignore")
    if bad is not None:
        flags, fraction = bad.flags(most), bad.fraction.astype(float)
        if "missing" in galaxies and all(store.part == 1 for store in stores):
            # Images that were resampled have been filled before they were stored.
            filled = galaxies["missing"].fillna(0).to_numpy(float)
            fraction = np.maximum(fraction, filled)
        if flags.any() or fraction.any():
            values = fraction, flags.astype(float)
            galaxies = galaxies.assign(**dict(zip(OF_IMAGES, values, strict=True)))
    return galaxies[[c for c in _GALAXY_COLUMNS if c in galaxies.columns]]


def _votes(stores: list[CutoutStore], tree: DecisionTree) -> pd.DataFrame | None:
    paths = {store.folder / "votes.parquet": len(store.names) for store in stores}
    tables = [pd.read_parquet(p).head(n) for p, n in paths.items() if p.is_file()]
    if not tables:
        return None
    return pd.concat(tables, ignore_index=True)[["iauname", *tree.labels]]


def _same(what: str, stores: list[CutoutStore]) -> str:
    """The survey or origin of all stores; a release has one of each."""
    values = sorted({getattr(store.manifest, what) for store in stores})
    if len(values) > 1:
        raise MorphError(
            f"the release's cutout stores differ in {what}: {', '.join(values)}; "
            "make a release for each"
        )
    return values[0]
