"""Name galaxies by their positions, as releases that hold them already do."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from morph.errors import UnreadableTable
from morph.release.manifest import MANIFEST
from morph.sky import iauname_from_position, unique_names

_SAME_ARCSEC = 0.2  # two rows so near are one galaxy; float32 positions err by 0.06
_KNOWN_ARCSEC = 0.5  # from a galaxy of another release
_BLOCK = 500_000  # rows that are compared at once
BORROWED = "named as in another release, within 0.5 arcsec"

Report = dict[str, int | str]


def named(
    table: str, found: pd.DataFrame, releases: Path | None
) -> tuple[np.ndarray, Report]:
    """Names of all rows, those that the table lacks made from positions, all unique.

    A galaxy of a published release within 0.5 arcsec gives its name, so that releases
    can be compared although their positions differ in the last digits.

    Raises
    ------
    UnreadableTable
        If two rows are at one place, and neither names nor ids tell them apart.
    """
    names = found["iauname"].to_numpy(object).copy()
    rows = np.flatnonzero((names == "") & found["ra"].notna().to_numpy())
    if not len(rows):
        return names, {}
    report: Report = {"named by position": len(rows)}
    _refuse_same_places(table, found, rows)
    given = np.flatnonzero(names != "")
    ra, dec = (found[c].to_numpy()[rows] for c in ("ra", "dec"))
    names[rows] = iauname_from_position(ra, dec)
    known = known_names(found, rows, releases)
    known = known[~known.duplicated() & ~known.isin(names[given])]
    if other_names := int((names[known.index] != known.to_numpy()).sum()):
        report[BORROWED] = other_names
    names[known.index] = known.to_numpy()
    every = np.concatenate([given, rows])  # those that the table has keep theirs
    names[every] = unique_names(names[every])
    return names, report


def _refuse_same_places(table: str, found: pd.DataFrame, rows: np.ndarray) -> None:
    """Refuse a nameless row at the place of another row, unless their ids differ."""
    rows, other = _twins(found, rows)
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
