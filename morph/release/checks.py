"""What the tables of a release must be before they are written."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from morph.errors import MorphError


def check_posteriors(
    posteriors: pd.DataFrame, columns: Sequence[str], *, kind: str
) -> None:
    """Refuse posteriors with other columns or values than a release may have.

    Concentrations must be positive; fractions lie in [0, 1] or are NaN, unknown.
    """
    _check_columns(posteriors, ["iauname", *columns], "posteriors")
    if kind == "concentration":
        _refuse(posteriors, columns, _is_positive, "concentrations are not positive")
    else:
        _refuse(posteriors, columns, _is_fraction, "fractions are not in [0, 1]")


def check_samples(samples: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse samples that are not one positive α per galaxy, pass and answer."""
    _check_columns(samples, ["iauname", "pass", *columns], "samples")
    _refuse(samples, columns, _is_positive, "sampled concentrations are not positive")
    if samples.duplicated(["iauname", "pass"]).any():
        raise MorphError("samples hold a pass of a galaxy twice; expected one row each")


def check_names(names: pd.Series, tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse galaxies without a name of their own, and tables of other galaxies."""
    nameless = names.isna() | (names == "")
    if nameless.any():
        raise MorphError(f"{nameless.sum():,} galaxies have no iauname; name them all")
    known = pd.Index(names)
    if known.has_duplicates:
        repeated = ", ".join(known[known.duplicated()][:3])
        raise MorphError(f"an iauname stands twice in galaxies (first: {repeated})")
    for name, table in tables.items():
        own = pd.Index(table["iauname"])
        if name != "samples" and own.has_duplicates:
            raise MorphError(f"an iauname stands twice in {name}")
        strange = own.difference(known)
        if len(strange):
            raise MorphError(f"{name} names galaxies not in the release: {strange[0]}")
    if len(tables["posteriors"]) != len(known):
        raise MorphError(
            f"{len(known):,} galaxies but {len(tables['posteriors']):,} posteriors; "
            "expected one row each"
        )


def _check_columns(table: pd.DataFrame, expected: list[str], what: str) -> None:
    missing = [column for column in expected if column not in table.columns]
    if missing:
        raise MorphError(f"{what} lack the columns {', '.join(missing)}")
    if list(table.columns) != expected:
        raise MorphError(
            f"{what} hold other columns than iauname and the tree's, or in another "
            f"order; expected {', '.join(expected[:3])} and so on"
        )


def _is_positive(values: np.ndarray) -> np.ndarray:
    return np.isfinite(values) & (values > 0)


def _is_fraction(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) | ((values >= 0) & (values <= 1))


def _refuse(
    table: pd.DataFrame,
    columns: Sequence[str],
    allowed: Callable[[np.ndarray], np.ndarray],
    what: str,
) -> None:
    """Column by column: samples of a survey do not fit in memory once more."""
    for column in columns:
        values = table[column].to_numpy(dtype=float, na_value=np.nan)
        bad = ~allowed(values)
        if bad.any():
            first = int(bad.argmax())
            raise MorphError(
                f"{bad.sum():,} {what} (first: {values[first]:g} in {column} of "
                f"{table['iauname'].iloc[first]}); mend the table"
            )
