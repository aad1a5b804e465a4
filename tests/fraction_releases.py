"""Releases of vote fractions without posteriors."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morph.home import release_folder
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.trees.decision_tree import GZD5


def write_fractions(
    root: Path,
    release_id: str,
    galaxies: pd.DataFrame,
    fractions: np.ndarray,
    **described: Any,
) -> None:
    """Write galaxies with their fractions (N, L); ``described`` fills the manifest."""
    table = pd.DataFrame(fractions, columns=posterior_columns(GZD5, "fraction"))
    table.insert(0, "iauname", galaxies["iauname"])
    manifest = Manifest(
        release_id=release_id,
        posterior="fraction",
        citation="Nobody et al. 2026",
        **described,
    )
    write_release(release_folder(root, release_id), manifest, galaxies, table)
