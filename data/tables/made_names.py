"""Name galaxies by their positions, as releases that hold them already do."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from data.tables.twins import may_have_twins
from morph.errors import UnreadableTable
from morph.release.manifest import MANIFEST
from morph.sky.galaxy_names import names_of_positions, new_names

_SAME_ARCSEC = 0.2  # two rows so near are one galaxy; float32 positions err by 0.06
_KNOWN_ARCSEC = 0.5  # from a galaxy of another release
_BLOCK = 500_000  # rows that are compared at once
BORROWED = "named as in another release, within 0.5 arcsec"

Report = dict[str, int | str]


def named(
    table: str, found: pd.DataFrame, releases: Path | None
) -> tuple[pd.Series, Report]:
    """Names of all rows, those that the table lacks made from positions, all unique.

    A galaxy of a published release within 0.5 arcsec gives its name, so that releases
    can be compared although their positions differ in the last digits.

    Raises
    ------
    UnreadableTable
        If two rows are at one place, and neither names nor ids tell them apart.
    """
    names = found["iauname"].astype("str")
    nameless = ((names == "") & found["ra"].notna()).to_numpy()
    rows = np.flatnonzero(nameless)
    if not len(rows):
        return names, {}
    report: Report = {"named by position": len(rows)}
    _refuse_same_places(table, found, rows)
    given = np.flatnonzero(names != "")
    ra, dec = (found[c].to_numpy()[rows] for c in ("ra", "dec"))
    names = _filled(names, rows, names_of_positions(ra, dec))
    known = known_names(found, rows, releases)
    known = known[~known.duplicated() & ~known.isin(names.iloc[given])]
    if other_names := int((names.iloc[known.index] != known.to_numpy()).sum()):
        report[BORROWED] = other_names
    names = _filled(names, known.index.to_numpy(), known)
    every = np.concatenate([given, rows])  # those that the table has keep theirs
    several = new_names(names if len(rows) == len(names) else names.iloc[every])
    return _filled(names, every[list(several)], list(several.values())), report


def _filled(names: pd.Series, rows: np.ndarray, texts: Sequence[str]) -> pd.Series:
    """Names with other texts in some rows."""
    if len(rows) == len(names):
        return pd.Series(texts, index=names.index, dtype="str")
    names = names.copy()
    if len(rows):
        names.iloc[rows] = pd.array(texts, dtype="str")
    return names


def _refuse_same_places(table: str, found: pd.DataFrame, rows: np.ndarray) -> None:
    """Refuse a nameless row at the place of another row, unless their ids differ."""
    ra, dec = (found[column].to_numpy() for column in ("ra", "dec"))
    near = np.flatnonzero(may_have_twins(ra, dec, _SAME_ARCSEC))
    if not len(near):
        return
    rows, other = _twins(found.iloc[near], np.flatnonzero(np.isin(near, rows)))
    rows, other = near[rows], near[other]
    ids = found["source_id"].iloc[rows].to_numpy(object)
    of_others = found["source_id"].iloc[other].to_numpy(object)
    wrong = (ids == "") | (of_others == "") | (ids == of_others)
    if wrong.any():
        pairs = {
            frozenset(pair) for pair in zip(rows[wrong], other[wrong], strict=True)
        }
        first, again = sorted(min(pairs, key=min))
        what = "galaxy" if len(pairs) == 1 else "galaxies"
        raise UnreadableTable(
            f"{table} repeats {len(pairs):,} {what} by position (first: row "
            f"{first + 1:,}, again in row {again + 1:,}); keep one row of each, or "
            "give them names"
        )


def _twins(found: pd.DataFrame, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those of ``rows`` that are at the place of another row, and that row."""
    from scipy.spatial import cKDTree  # slow to import, and few tables need it

    points, index = _points(found["ra"], found["dec"])
    tree, index = cKDTree(points), np.append(index, -1)
    pairs = [np.empty((2, 0), dtype=np.int64)]
    for start in range(0, len(rows), _BLOCK):
        own = rows[start : start + _BLOCK]
        apart, near = tree.query(
            points[np.searchsorted(index[:-1], own)],
            k=2,
            distance_upper_bound=_chord(_SAME_ARCSEC),
        )
        near = np.where(np.isinf(apart), -1, index[near])
        other = np.where(near[:, 0] == own, near[:, 1], near[:, 0])
        pairs.append(np.stack([own, other])[:, other >= 0])
    return tuple(np.concatenate(pairs, axis=1))


def known_names(
    found: pd.DataFrame, rows: np.ndarray, releases: Path | None
) -> pd.Series:
    """Names of published galaxies at the places of ``rows``, by row, nearest first."""
    published = _published(releases)
    if published.empty:
        return pd.Series([], index=np.array([], dtype=int), dtype=object)
    from scipy.spatial import cKDTree  # slow to import

    points, index = _points(published["ra"], published["dec"])
    apart, near = cKDTree(points).query(
        _points(found["ra"].iloc[rows], found["dec"].iloc[rows])[0],
        k=1,
        distance_upper_bound=_chord(_KNOWN_ARCSEC),
    )
    names = published["iauname"].to_numpy(object)
    order = np.argsort(apart, kind="stable")
    order = order[apart[order] < 1]
    return pd.Series(names[index[near[order]]], index=rows[order], dtype=object)


def _published(releases: Path | None) -> pd.DataFrame:
    """Names and positions of all published galaxies, each name once, oldest first."""
    parts = [pd.DataFrame({"iauname": [], "ra": [], "dec": []})]
    found = list(releases.glob(f"[!.]*/{MANIFEST}")) if releases else []
    for manifest in sorted(found, key=lambda path: path.stat().st_mtime):
        try:
            path = manifest.with_name("galaxies.parquet")
            parts.append(pd.read_parquet(path, columns=["iauname", "ra", "dec"]))
        except (OSError, ValueError):
            continue  # a damaged release lends no names
    together = pd.concat(parts) if len(parts) > 1 else parts[0]
    return together.dropna().drop_duplicates("iauname")


def _points(ra: pd.Series, dec: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors (M, 3) of the known positions, and their rows."""
    known = np.flatnonzero(ra.notna() & dec.notna())
    east, north = np.radians(ra.to_numpy()[known]), np.radians(dec.to_numpy()[known])
    flat = np.cos(north)
    return np.column_stack(
        [flat * np.cos(east), flat * np.sin(east), np.sin(north)]
    ), known


def _chord(arcsec: float) -> float:
    return float(2 * np.sin(np.radians(arcsec / 3600) / 2))
