"""A release of the posteriors of votes, beside those of the small home."""

from pathlib import Path

import numpy as np
import pandas as pd

from morph.catalogue import sync
from morph.posterior.vote_fractions import concentrations_of_votes
from morph.posterior.vote_priors import PRIORS
from morph.release.details import Details
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.trees.decision_tree import GZD5
from pages.common.server import database

LABELS = list(GZD5.labels)
VOTED = 60  # galaxies


def write_voted(root: Path, prior: str = "uniform") -> pd.DataFrame:
    """Load a release "voted" into a home; its counts, one row per galaxy.

    Galaxy i has i votes, all "strong", on the bar, and 40 on each question above it, so
    that its most probable answers lead to the bar.
    """
    folder = root / "releases" / "small-demo"
    galaxies = pd.read_parquet(folder / "galaxies.parquet").head(VOTED)
    counts = pd.DataFrame(0, index=range(VOTED), columns=LABELS)
    counts[["smooth-or-featured_featured-or-disk", "disk-edge-on_no"]] = 40
    counts["bar_strong"] = np.arange(VOTED)
    alpha = concentrations_of_votes(counts.to_numpy(), GZD5, PRIORS[prior])
    posteriors = pd.DataFrame(alpha, columns=posterior_columns(GZD5, "concentration"))
    for table in (posteriors, counts):
        table.insert(0, "iauname", galaxies["iauname"].to_numpy())
    details = Details(source={"file": "votes.csv"}, prior=PRIORS[prior].to_json())
    manifest = Manifest("voted", "real", "bmz", "Votes", "", "", details=details)
    write_release(
        root / "releases" / "voted", manifest, galaxies, posteriors, votes=counts
    )
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
    return counts
