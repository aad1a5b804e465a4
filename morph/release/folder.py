"""Write and verify release folders.

Runs and imported tables produce releases, and the catalogue is built from them. Tables
are Parquet, keyed by iauname. ``manifest.json`` is written last, with the SHA-256 of
every file, so a folder with a manifest is complete and later damage is detected (a
flipped byte in a Parquet file can silently change numbers).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from morph.atomic import sha256_of, sync_folder, write_json
from morph.errors import DamagedRelease, MorphError
from morph.release.details import details_to_json
from morph.release.manifest import MANIFEST, FileRecord, Manifest, read_manifest
from morph.release.stored_rows import StoredRows
from morph.release.write_files import (
    rows_in_order,
    rows_on_sky,
    same_names,
    write_features,
    write_stored,
    write_table,
    write_text,
)
from morph.sky import healpix_29
from morph.sky.galaxy_names import repeated
from morph.trees.decision_tree import DecisionTree
from morph.trees.own_questions import tree_with
from morph.wording import Tell, nobody, utc_now

Tables = Mapping[str, pd.DataFrame | StoredRows]

REQUIRED = ("galaxies.parquet", "posteriors.parquet")
MOST_CONCENTRATION = 1e9  # a larger one is a placeholder or an overflow
_WRONG = f"are outside 0 < α ≤ {MOST_CONCENTRATION:.0e}"


def posterior_columns(
    tree: DecisionTree, posterior: Literal["concentration", "fraction"]
) -> list[str]:
    """Columns of ``posteriors.parquet`` after ``iauname``, in tree order."""
    return [f"{label}_{posterior}" for label in tree.labels]


def write_release(
    folder: Path,
    manifest: Manifest,
    galaxies: pd.DataFrame,
    posteriors: pd.DataFrame | StoredRows,
    *,
    samples: pd.DataFrame | None = None,
    votes: pd.DataFrame | None = None,
    features: pd.DataFrame | None = None,
    projection: pd.DataFrame | None = None,
    documents: Mapping[str, str] | None = None,
    tell: Tell = nobody,
) -> Manifest:
    """Write a release folder, manifest last, and return the finished manifest.

    Parameters
    ----------
    galaxies : DataFrame
        ``iauname``, ``ra``, ``dec`` (ICRS degrees, NaN where unknown), optionally
        ``source_id``, ``position_from`` and the columns of ``PHYSICAL``.
        ``_healpix_29`` is added and the rows are sorted by it.
    posteriors : DataFrame or StoredRows
        ``iauname`` and one column per label: ``<label>_concentration`` (α > 0), or
        ``<label>_fraction`` where ``manifest.posterior`` is "fraction".
    samples : DataFrame, optional
        ``iauname``, ``pass`` and the concentrations of every pass or ensemble member.
    votes : DataFrame, optional
        ``iauname`` and one column of counts per label.
    features : DataFrame, optional
        ``iauname`` and ``feature``, an array of D float16 numbers per galaxy.
    projection : DataFrame, optional
        ``iauname``, ``umap_x``, ``umap_y`` and ``trust`` (fraction of the nearest
        neighbours in feature space that are preserved in the plane).
    documents : mapping, optional
        Name of an additional file -> its text.
    tell : callable, optional
        Hears of the rows that are written.

    Raises
    ------
    MorphError
        If the folder already holds a release, names repeat, a table has galaxies that
        are not in the release, a posterior column is missing, a concentration is not
        positive, or a fraction is not in [0, 1].
    """
    if (folder / MANIFEST).exists():
        raise MorphError(
            f"{folder} already holds a release; choose another name or remove it first"
        )
    tree = tree_with(manifest.tree, manifest.details.own_questions)
    galaxies = _with_healpix(galaxies)
    columns = posterior_columns(tree, manifest.posterior)
    check = partial(_check_posteriors, columns=columns, kind=manifest.posterior)
    if not isinstance(posteriors, StoredRows):  # whose numbers are read only once
        check(posteriors)
    if samples is not None:
        _check_samples(samples, posterior_columns(tree, "concentration"))
    tables = {
        "galaxies": galaxies,
        "posteriors": posteriors,
        "samples": samples,
        "votes": votes,
        "projection": projection,
        "features": features,
    }
    tables = {name: table for name, table in tables.items() if table is not None}
    _check_names(galaxies["iauname"], tables)
    folder.mkdir(parents=True, exist_ok=True)
    files = _written(folder, tables, check, tell)
    files |= {n: write_text(folder / n, t) for n, t in (documents or {}).items()}
    return finish_release(folder, replace(manifest, galaxies=len(galaxies)), files)


def _written(
    folder: Path, tables: Tables, check: Callable[[pd.DataFrame], None], tell: Tell
) -> dict[str, FileRecord]:
    """Write the tables in the order of the galaxies on the sky; their records."""
    names = tables["galaxies"]["iauname"]
    order = rows_on_sky(tables["galaxies"]["_healpix_29"].to_numpy(), names)
    done, total = 0, sum(map(len, tables.values()))
    files = {}
    for name, table in tables.items():
        told = partial(_tell_written, tell, done, total)
        path = folder / f"{name}.parquet"
        if isinstance(table, StoredRows):
            write = partial(write_stored, names=names, check=check)
            rows = order
        else:
            write = write_features if name == "features" else write_table
            rows = rows_in_order(names, order, table)
        files[path.name] = write(path, table, rows=rows, told=told)
        done += len(table)
    return files


def _tell_written(tell: Tell, before: int, total: int, rows: int) -> None:
    tell("Writing rows", before + rows, total)


def finish_release(
    folder: Path, manifest: Manifest, files: Mapping[str, FileRecord]
) -> Manifest:
    """Write the manifest, which makes ``folder`` a release."""
    created = manifest.created or utc_now("seconds")
    manifest = replace(manifest, files=dict(files), created=created)
    details = details_to_json(manifest.details)
    write_json(folder / MANIFEST, asdict(manifest) | {"details": details})
    sync_folder(folder)
    return manifest


def verify_release(folder: Path, tell: Tell = nobody) -> Manifest:
    """Check every file against the manifest's size and SHA-256; tell of bytes.

    Raises
    ------
    DamagedRelease
        If a file is missing, a link, outside the folder, or differs from the manifest.
    """
    if folder.is_symlink():
        raise DamagedRelease(
            f"{folder} is a link, which could point anywhere; copy the folder that it "
            "points to, or name that folder"
        )
    manifest = read_manifest(folder)
    for name in REQUIRED:
        if name not in manifest.files:
            raise DamagedRelease(f"the manifest of {folder} does not list {name}")
    try:
        for name, done, total in manifest.bytes_before():
            tell("Checking files", done, total)
            _verify_file(folder, name, manifest.files[name])
    except OSError as error:
        raise DamagedRelease(
            f"a file of {folder} cannot be read ({error}); copy the release again"
        ) from error
    return manifest


def _verify_file(folder: Path, name: str, record: FileRecord) -> None:
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise DamagedRelease(f"{folder} lacks {name!r}, which its manifest lists")
    if path.is_symlink():
        raise DamagedRelease(
            f"{path} is a link, which could point anywhere; copy the file itself"
        )
    if path.stat().st_size != record.bytes or sha256_of(path) != record.sha256:
        raise DamagedRelease(
            f"{path} does not match its manifest (size or SHA-256 differ); write or "
            "copy the release again"
        )


def _with_healpix(galaxies: pd.DataFrame) -> pd.DataFrame:
    ra, dec = (galaxies[c].to_numpy(float, na_value=np.nan) for c in ("ra", "dec"))
    if ((ra < 0) | (ra >= 360) | (np.abs(dec) > 90)).any():
        raise MorphError("expected ra in [0, 360) and dec in [-90, 90] degrees")
    return galaxies.assign(_healpix_29=healpix_29(ra, dec))


def _check_posteriors(
    posteriors: pd.DataFrame, columns: Sequence[str], *, kind: str
) -> None:
    """Refuse posteriors with invalid columns or values.

    Concentrations must be possible; fractions in [0, 1], or NaN if unknown.
    """
    _check_columns(posteriors, ["iauname", *columns], "posteriors")
    if kind == "concentration":
        _refuse(posteriors, columns, is_concentration, f"concentrations {_WRONG}")
    else:
        _refuse(posteriors, columns, _is_fraction, "fractions are not in [0, 1]")


def _check_samples(samples: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse samples that are not one possible α per galaxy, pass and answer."""
    _check_columns(samples, ["iauname", "pass", *columns], "samples")
    _refuse(samples, columns, is_concentration, f"sampled concentrations {_WRONG}")
    if samples.duplicated(["iauname", "pass"]).any():
        raise MorphError(
            "samples repeat a pass of a galaxy; expected one row per galaxy and pass"
        )


def _check_names(names: pd.Series, tables: Tables) -> None:
    """Refuse galaxies without a unique name, and tables of other galaxies."""
    nameless = names.isna() | (names == "")
    if nameless.any():
        raise MorphError(
            f"{nameless.sum():,} galaxies have no iauname; give each one an iauname"
        )
    again = repeated(names.astype("str"))
    if again.any():
        first = ", ".join(names[again][:3])
        raise MorphError(f"an iauname is repeated in galaxies (first: {first})")
    for name, table in tables.items():
        if isinstance(table, StoredRows) or same_names(names, table["iauname"]):
            continue
        known = pd.Index(names)
        index = pd.Index(table["iauname"])
        if name != "samples" and index.has_duplicates:
            raise MorphError(f"an iauname is repeated in {name}")
        strange = index.difference(known)
        if len(strange):
            raise MorphError(f"{name} has galaxies not in the release: {strange[0]}")
    if len(tables["posteriors"]) != len(names):
        raise MorphError(
            f"{len(names):,} galaxies but {len(tables['posteriors']):,} posteriors; "
            "expected one row per galaxy"
        )


def _check_columns(table: pd.DataFrame, expected: list[str], what: str) -> None:
    missing = [column for column in expected if column not in table.columns]
    if missing:
        raise MorphError(f"{what} lack the columns {', '.join(missing)}")
    if list(table.columns) != expected:
        raise MorphError(
            f"{what} have unexpected columns, or columns in another order; expected "
            f"{', '.join(expected[:3])} and so on"
        )


def is_concentration(values: np.ndarray) -> np.ndarray:
    """Which values can be concentrations of a posterior; NaN is none."""
    return (values > 0) & (values <= MOST_CONCENTRATION)


def _is_fraction(values: np.ndarray) -> np.ndarray:
    return ~((values < 0) | (values > 1))  # NaN is neither


def _refuse(
    table: pd.DataFrame,
    columns: Sequence[str],
    allowed: Callable[[np.ndarray], np.ndarray],
    what: str,
) -> None:
    """Check one column after another: the samples may not fit in memory twice."""
    for column in columns:
        values = table[column].to_numpy(dtype=float, na_value=np.nan)
        bad = ~allowed(values)
        if bad.any():
            first = int(bad.argmax())
            raise MorphError(
                f"{bad.sum():,} {what} (first: {values[first]:g} in {column} of "
                f"{table['iauname'].iloc[first]}); correct the table"
            )
