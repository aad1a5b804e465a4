"""A release: the folder in which posteriors cross from computing to exploring.

A finished run writes one, an imported table becomes one, the catalogue is made
from them. Tables are Parquet, keyed by iauname; ``manifest.json`` is written last
and carries the SHA-256 of every file, so a folder with a manifest is complete and
any later damage to it is found (a flipped byte in Parquet can read back as silently
wrong numbers).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import cdshealpix.nested
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from astropy import units as u
from astropy.coordinates import Latitude, Longitude

from morph.durable import replacing, sha256_of, sync_folder, write_json
from morph.errors import DamagedRelease, MorphError
from morph.home import checked_name
from morph.release_checks import check_names, check_posteriors, check_samples
from morph.tree import GZD5, DecisionTree

FORMAT = 1
HEALPIX_ORDER = 29
MANIFEST = "manifest.json"
_GROUP_ROWS = 100_000  # a reader holds one group of rows in memory at a time
REQUIRED = ("galaxies.parquet", "posteriors.parquet")

Origin = Literal["real", "simulated", "demonstration"]
ORIGINS: tuple[Origin, ...] = ("real", "simulated", "demonstration")

# Physical columns a release may carry beside positions: name -> (unit, meaning).
PHYSICAL: dict[str, tuple[str, str]] = {
    "mag_g": ("mag", "g-band magnitude"),
    "mag_r": ("mag", "r-band magnitude"),
    "mag_z": ("mag", "z-band magnitude"),
    "radius_arcsec": ("arcsec", "half-light radius"),
    "redshift": ("", "redshift"),
}


@dataclass(frozen=True)
class FileRecord:
    """What the manifest promises about one file."""

    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class Manifest:
    """What a release is, where it comes from, and what its files must be."""

    release_id: str
    origin: Origin
    survey: str
    title: str
    note: str
    citation: str
    posterior: Literal["concentration", "fraction"] = "concentration"
    tree: str = GZD5.name
    model: str | None = None
    parent_run: str | None = None
    parent_release: str | None = None
    cutouts: tuple[str, ...] = ()  # cutout stores that hold its galaxies' pictures
    not_learnt: tuple[str, ...] = ()  # questions no better than the mean fraction
    licence: str = ""  # of its tables, where it is stated
    details: Mapping[str, Any] = field(default_factory=dict)  # settings, counts, report
    created: str = ""
    galaxies: int = 0
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    format: int = FORMAT

    def __post_init__(self) -> None:
        checked_name(self.release_id, what="release")
        if self.origin not in ORIGINS:
            raise MorphError(
                f"origin is {self.origin!r}; expected one of: {', '.join(ORIGINS)}"
            )
        if not re.fullmatch(r"[a-z0-9-]{1,32}", self.survey):
            raise MorphError(
                f"survey is {self.survey!r}; use 1 to 32 of a-z, 0-9 and '-'"
            )


def posterior_columns(
    tree: DecisionTree, posterior: Literal["concentration", "fraction"]
) -> list[str]:
    """Columns of ``posteriors.parquet`` after ``iauname``, in tree order."""
    return [f"{label}_{posterior}" for label in tree.labels]


def write_release(
    folder: Path,
    manifest: Manifest,
    galaxies: pd.DataFrame,
    posteriors: pd.DataFrame,
    *,
    samples: pd.DataFrame | None = None,
    votes: pd.DataFrame | None = None,
    features: pd.DataFrame | None = None,
    projection: pd.DataFrame | None = None,
    tree: DecisionTree = GZD5,
) -> Manifest:
    """Write a release folder, manifest last, and return the finished manifest.

    Parameters
    ----------
    galaxies : DataFrame
        ``iauname``, ``ra``, ``dec`` (ICRS degrees, NaN where unknown), optionally
        ``source_id``, ``position_from`` and the columns of ``PHYSICAL``.
        ``_healpix_29`` is added and the rows are sorted by it.
    posteriors : DataFrame
        ``iauname`` and one column per label: ``<label>_concentration`` (α > 0), or
        ``<label>_fraction`` where ``manifest.posterior`` is "fraction".
    samples : DataFrame, optional
        ``iauname``, ``pass`` and the concentrations of every pass or ensemble member.
    votes : DataFrame, optional
        ``iauname`` and one column of counts per label.
    features : DataFrame, optional
        ``iauname`` and ``feature``, an array of D float16 numbers per galaxy.
    projection : DataFrame, optional
        ``iauname``, ``umap_x``, ``umap_y`` and ``trust`` (share in [0, 1] of the
        feature-space neighbours kept in the plane).

    Raises
    ------
    MorphError
        If the folder holds another finished release, names repeat, a table names
        galaxies the release has not, a posterior column is missing, a concentration
        is not positive, or a fraction is not in [0, 1].
    """
    if (folder / MANIFEST).exists():
        raise MorphError(
            f"{folder} already holds a release; choose another name or remove it first"
        )
    galaxies = _sorted_by_healpix(galaxies)
    columns = posterior_columns(tree, manifest.posterior)
    check_posteriors(posteriors, columns, kind=manifest.posterior)
    if samples is not None:
        check_samples(samples, posterior_columns(tree, "concentration"))
    tables = {
        "galaxies": galaxies,
        "posteriors": posteriors,
        "samples": samples,
        "votes": votes,
        "projection": projection,
    }
    tables = {name: table for name, table in tables.items() if table is not None}
    check_names(
        galaxies["iauname"],
        tables | ({} if features is None else {"features": features}),
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, table in tables.items():
        ordered = _in_order_of(galaxies["iauname"], table)
        arrow = pa.Table.from_pandas(ordered, preserve_index=False)
        files[f"{name}.parquet"] = _write_table(folder / f"{name}.parquet", arrow)
    if features is not None:
        arrow = features_to_arrow(features)
        files["features.parquet"] = _write_table(folder / "features.parquet", arrow)
    return finish_release(folder, replace(manifest, galaxies=len(galaxies)), files)


def finish_release(
    folder: Path, manifest: Manifest, files: Mapping[str, FileRecord]
) -> Manifest:
    """Write the manifest, which makes ``folder`` a release."""
    created = manifest.created or datetime.now(UTC).isoformat(timespec="seconds")
    manifest = replace(manifest, files=dict(files), created=created)
    write_json(folder / MANIFEST, asdict(manifest))
    sync_folder(folder)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release folder.

    Raises
    ------
    DamagedRelease
        If there is none, it is not valid JSON, or it lacks or adds fields.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise DamagedRelease(
            f"{folder} has no {MANIFEST}; it is not a finished release. "
            "Write it again from its run or its table"
        )
    try:
        return manifest_from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedRelease(
            f"{path} cannot be read as a release manifest of format {FORMAT} "
            f"({error}); write the release again"
        ) from error


def manifest_from_json(text: str) -> Manifest:
    """The manifest that ``text`` holds; ValueError and its like where it does not."""
    value = json.loads(text)
    value["files"] = {n: FileRecord(**r) for n, r in value["files"].items()}
    for name in ("cutouts", "not_learnt"):
        value[name] = tuple(value[name])
    value.setdefault("licence", "")  # earlier releases have none
    known = {f.name for f in fields(Manifest)}
    if value.get("format") != FORMAT or set(value) != known:
        raise ValueError(f"fields {sorted(set(value) ^ known)}, format mismatch")
    return Manifest(**value)


def verify_release(folder: Path) -> Manifest:
    """Check every file against the manifest's size and SHA-256.

    Raises
    ------
    DamagedRelease
        If a file is missing, named outside the folder, or differs in one byte.
    """
    manifest = read_manifest(folder)
    for name in REQUIRED:
        if name not in manifest.files:
            raise DamagedRelease(f"the manifest of {folder} does not name {name}")
    for name, record in manifest.files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise DamagedRelease(f"{folder} lacks {name!r}, which its manifest names")
        if path.stat().st_size != record.bytes or sha256_of(path) != record.sha256:
            raise DamagedRelease(
                f"{path} is not the file its manifest describes (size or SHA-256 "
                "differ); write or copy the release again"
            )
    return manifest


def healpix_29(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Nested HEALPix index at order 29 of ICRS positions in degrees; -1 for NaN."""
    index = np.full(len(ra), -1, dtype=np.int64)
    known = np.isfinite(ra) & np.isfinite(dec)
    index[known] = cdshealpix.nested.lonlat_to_healpix(
        Longitude(ra[known], u.deg), Latitude(dec[known], u.deg), HEALPIX_ORDER
    ).astype(np.int64)
    return index


def features_to_arrow(features: pd.DataFrame) -> pa.Table:
    """iauname and a fixed-size list of float16 per galaxy, as an Arrow table."""
    matrix = np.stack(features["feature"].to_numpy()).astype(np.float16)
    values = pa.array(matrix.ravel(), type=pa.float16())
    vectors = pa.FixedSizeListArray.from_arrays(values, matrix.shape[1])
    names = pa.array(features["iauname"].astype(str))
    return pa.table({"iauname": names, "feature": vectors})


def _sorted_by_healpix(galaxies: pd.DataFrame) -> pd.DataFrame:
    ra, dec = (
        galaxies[c].to_numpy(dtype=float, na_value=np.nan) for c in ("ra", "dec")
    )
    if ((ra < 0) | (ra >= 360) | (np.abs(dec) > 90)).any():
        raise MorphError("ra must lie in [0, 360) and dec in [-90, 90] degrees")
    table = galaxies.assign(_healpix_29=healpix_29(ra, dec))
    return table.sort_values(["_healpix_29", "iauname"], ignore_index=True)


def _in_order_of(names: pd.Series, table: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of ``names``: a loader then streams files side by side."""
    places = pd.Index(names).get_indexer(pd.Index(table["iauname"]))
    return table.iloc[np.argsort(places, kind="stable")]


def _write_table(path: Path, table: pa.Table) -> FileRecord:
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", row_group_size=_GROUP_ROWS)
    return FileRecord(sha256_of(path), path.stat().st_size, table.num_rows)
