"""Pictures for some galaxies of a synthetic release, so that galleries can be tried.

They are rendered as the demonstration's and given out in turn: what a picture shows
and what the release says of its galaxy have nothing to do with each other.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from data.simulation.simulate import SIZE, simulate
from morph.errors import MorphError
from morph.images.store import StoreManifest, write_store
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.posterior.tree import GZD5
from morph.release.folder import posterior_columns, read_manifest

_SURVEY = "bmz"
_LABEL = "bar_strong"


def write_pictures(store: Path, release: Path, *, count: int, seed: int = 0) -> None:
    """Make a cutout store for the ``count`` galaxies that most probably are barred.

    A gallery of strong bars then has a picture in every place.

    Raises
    ------
    MorphError
        If the release has no concentrations or fewer galaxies.
    """
    manifest = read_manifest(release)
    if manifest.posterior != "concentration" or not 0 < count <= manifest.galaxies:
        raise MorphError(
            f"{count:,} pictures were asked for of {manifest.galaxies:,} galaxies with "
            f"a {manifest.posterior} each; expected concentrations and 1 picture for a "
            "galaxy at most"
        )
    columns = ["iauname", "ra", "dec", "mag_r", "radius_arcsec", "redshift"]
    galaxies = pd.read_parquet(release / "galaxies.parquet", columns=columns)
    index = galaxies.iloc[_most_barred(release, count)].reset_index(drop=True)
    pixels = simulate(count, seed, surveys=(_SURVEY,)).pixels[_SURVEY]
    title = f"Simulated pictures, given in turn to {count:,} synthetic galaxies"
    write_store(
        store, StoreManifest(_SURVEY, "simulated", title, count, SIZE), index, pixels
    )


def _most_barred(release: Path, count: int) -> np.ndarray:
    """Rows of the galaxies with the largest P(asked) ρ̂ of a strong bar, in order."""
    columns = posterior_columns(GZD5, "concentration")
    alpha = pd.read_parquet(release / "posteriors.parquet", columns=columns).to_numpy()
    mean = expected_probability(alpha, GZD5)
    place = GZD5.questions.index(GZD5.question_of(_LABEL))
    barred = asked_probability(mean, GZD5)[:, place]
    barred = barred * mean[:, GZD5.labels.index(_LABEL)]
    return np.sort(np.argsort(-barred, kind="stable")[:count])
