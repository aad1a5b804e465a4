"""Galaxies that both surveys have imaged, matched by their name."""

import numpy as np
import pandas as pd

from morph.errors import MorphError


def partners(source: pd.DataFrame, target: pd.DataFrame, config: str) -> np.ndarray:
    """(N,) rows of ``source`` that are the galaxies of ``target``, by their name.

    ``config`` is the part of the config that names their stores, for the message.

    Raises
    ------
    MorphError
        If a galaxy has no partner, or several.
    """
    twice = source["iauname"][source["iauname"].duplicated()]
    if len(twice):
        raise MorphError(
            f"{len(twice):,} galaxies of {config}.source_stores are there twice "
            f"(first: {twice.iloc[0]}); name each galaxy's picture once"
        )
    row = source.set_index("iauname").index.get_indexer(target["iauname"])
    if (row < 0).any():
        lonely = target["iauname"][row < 0]
        raise MorphError(
            f"{len(lonely):,} galaxies of {config}.target_stores are not in "
            f"{config}.source_stores (first: {lonely.iloc[0]}); name stores of the "
            "same galaxies"
        )
    return row
