"""Read the files of a release into blocks of the catalogue's wide table.

Memory is bounded by the block size where files have the order of the galaxies, as from
`morph.release.folder.write_release`; files in another order are sorted in memory.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from morph.catalogue import derived_columns
from morph.errors import DamagedRelease
from morph.posterior.vote_fractions import total_votes
from morph.release.folder import (
    MOST_CONCENTRATION,
    is_concentration,
    posterior_columns,
)
from morph.release.manifest import Manifest
from morph.release.maps import ReleaseMap, map_file, maps_of
from morph.release.photometry_and_redshifts import PHYSICAL
from morph.sky.galaxy_names import repeated
from morph.tables.arrow_numbers import to_arrow, to_float64
from morph.trees.decision_tree import DecisionTree

# A row group of DuckDB, which copies blocks of any other size once more.
BLOCK_GALAXIES = 122_880
_BLOCK_OF_PASSES = 50_000  # several passes take as much memory as more galaxies

_ON_SKY = {"ra": (0, 360), "dec": (-90, 90)}  # degrees

_TEXT = ("iauname", "source_id", "position_from")
_NUMBERS = (*_ON_SKY, *PHYSICAL)


def wide_blocks(
    folder: Path,
    manifest: Manifest,
    tree: DecisionTree,
    *,
    block: int = BLOCK_GALAXIES,
) -> Iterator[pa.Table]:
    """The wide table of a release, ``block`` galaxies at a time, in galaxy order.

    Raises DamagedRelease if a table does not have every galaxy exactly once.
    """
    names = galaxy_names(folder)
    passes = _passes(folder, manifest, len(names))
    size = block if passes == 1 else max(1, min(block, _BLOCK_OF_PASSES) // passes)
    path = folder / "galaxies.parquet"
    present = pq.read_schema(path).names
    wanted = [n for n in (*_TEXT, "_healpix_29", *_NUMBERS) if n in present]
    galaxies = _in_order(path, names, wanted, size)
    labels = posterior_columns(tree, manifest.posterior)
    posteriors = _in_order(folder / "posteriors.parquet", names, labels, size)
    samples = _sample_blocks(folder, manifest, names, tree, size)
    # As of a table of their own, which may lack galaxies: looked up by name.
    looked_up = [_on_map(folder, one, names) for one in maps_of(manifest)]
    if "votes.parquet" in manifest.files:
        looked_up.append(_total_votes(folder, names, tree))
    start = 0
    for rows, numbers, drawn in zip(galaxies, posteriors, samples, strict=True):
        stop = start + rows.num_rows
        derived = _posterior_columns(numbers, drawn, manifest, tree)
        parts = [_galaxy_columns(rows, manifest), derived]
        parts += [one.slice(start, stop - start) for one in looked_up]
        yield _side_by_side(parts)
        start = stop


def galaxy_names(folder: Path) -> pa.Array:
    """All iaunames of a release, in order; DamagedRelease where one repeats."""
    names = _names(folder / "galaxies.parquet")
    if names.null_count or repeated(pd.Series(names, dtype="str")).any():
        raise DamagedRelease(
            f"{folder / 'galaxies.parquet'} has missing or repeated names; make the "
            "release again"
        )
    return names


def _names(path: Path) -> pa.Array:
    column = pq.read_table(path, columns=["iauname"], pre_buffer=False)["iauname"]
    return column.cast(pa.large_string()).combine_chunks()


def _are_names(path: Path, names: pa.Array, each: int) -> bool:
    """Whether a file has the galaxies in the order of ``names``, one row for each."""
    at = 0
    with pq.ParquetFile(path, pre_buffer=False) as file:
        if each > 1 or file.metadata.num_rows != len(names):
            return False
        for batch in file.iter_batches(BLOCK_GALAXIES, columns=["iauname"]):
            theirs = batch.column(0).cast(pa.large_string())
            if not theirs.equals(names.slice(at, len(theirs))):
                return False
            at += len(theirs)
    return True


def _in_order(
    path: Path,
    names: pa.Array,
    columns: Sequence[str],
    size: int,
    *,
    each: int = 1,
) -> Iterator[pa.Table]:
    """Blocks of ``size`` galaxies with ``each`` rows, in the order of ``names``."""
    missing = set(columns) - set(pq.read_schema(path).names)
    if missing:
        raise DamagedRelease(f"{path} lacks the columns {sorted(missing)}")
    if _are_names(path, names, each):
        yield from _as_they_are(path, columns, size)
        return
    expected = np.arange(len(names)).repeat(each)
    rows = pc.index_in(_names(path), value_set=names).to_numpy(zero_copy_only=False)
    if np.array_equal(rows, expected):
        yield from _as_they_are(path, columns, size * each)
        return
    order = np.argsort(rows, kind="stable")
    if not np.array_equal(rows[order], expected):
        raise DamagedRelease(
            f"{path} does not have {each} row(s) per galaxy; make the release again"
        )
    table = pq.read_table(path, columns=list(columns)).take(order)
    for start in range(0, len(order), size * each):
        yield table.slice(start, size * each)


def _as_they_are(path: Path, columns: Sequence[str], size: int) -> Iterator[pa.Table]:
    # A buffered reader would keep all groups in memory.
    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(size, columns=list(columns)):
            yield pa.Table.from_batches([batch])


def _passes(folder: Path, manifest: Manifest, galaxies: int) -> int:
    if "samples.parquet" not in manifest.files or not galaxies:
        return 1
    return max(1, pq.read_metadata(folder / "samples.parquet").num_rows // galaxies)


def _sample_blocks(
    folder: Path, manifest: Manifest, names: pa.Array, tree: DecisionTree, size: int
) -> Iterator[np.ndarray | None]:
    """(P, block, L) concentrations of all passes, or None without passes."""
    if "samples.parquet" not in manifest.files:
        yield from (None for _ in range(0, len(names), size))
        return
    path, passes = folder / "samples.parquet", _passes(folder, manifest, len(names))
    columns = posterior_columns(tree, "concentration")
    for table in _in_order(path, names, columns, size, each=passes):
        rows = _matrix(table).reshape(-1, passes, len(columns))
        yield rows.transpose(1, 0, 2)


def _on_map(folder: Path, one: ReleaseMap, names: pa.Array) -> pa.Table:
    """The columns of a map, one row per galaxy, null where they are unknown."""
    path = folder / map_file(one.name)
    table = pq.read_table(path, columns=list(one.columns))
    rows = pc.index_in(names, value_set=_names(path))
    return pa.table(
        {name: table[name].take(rows).cast(pa.float32()) for name in one.columns}
    )


def _total_votes(folder: Path, names: pa.Array, tree: DecisionTree) -> pa.Table:
    """The votes on each question, one row per galaxy; 0 for one without votes."""
    path = folder / "votes.parquet"
    votes = pq.read_table(path, columns=list(tree.labels))
    totals = total_votes(_matrix(votes), tree).astype(np.int64)
    rows = pc.index_in(names, value_set=_names(path))
    return pa.table(
        {
            f"{question.name}_votes": pc.fill_null(pa.array(totals[:, i]).take(rows), 0)
            for i, question in enumerate(tree.questions)
        }
    )


def _galaxy_columns(table: pa.Table, manifest: Manifest) -> pa.Table:
    """Texts as string, numbers as float64 with null for impossible ones and NaN.

    Raises DamagedRelease for a position that is not on the sky.
    """
    columns = {}
    for name in table.column_names:
        if name in _TEXT:
            columns[name] = table[name].cast(pa.string())
        elif name in _ON_SKY:
            columns[name] = _coordinate(table, name, manifest)
        elif name in PHYSICAL:
            values = to_float64(table[name])
            possible = PHYSICAL[name].is_possible(values)
            columns[name] = to_arrow(np.where(possible, values, np.nan))
        else:
            columns[name] = table[name].cast(pa.int64())
    return pa.table(columns)


def _coordinate(table: pa.Table, name: str, manifest: Manifest) -> pa.Array:
    """RA or Dec with null for NaN; DamagedRelease for one that is not on the sky."""
    values = to_float64(table[name])
    lowest, highest = _ON_SKY[name]
    wrong = (values < lowest) | (values > highest)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DamagedRelease(
            f"release {manifest.release_id} has {name} = {values[row]:g} for "
            f"{table['iauname'][row]}; expected {lowest} to {highest} degrees. "
            "Make it again"
        )
    return to_arrow(values)


def _posterior_columns(
    table: pa.Table, samples: np.ndarray | None, manifest: Manifest, tree: DecisionTree
) -> pa.Table:
    """Concentrations as they are in the file, if there are any, and derived columns."""
    matrix = _matrix(table)
    if manifest.posterior == "fraction":
        columns = derived_columns.from_probabilities(matrix, tree)
    elif is_concentration(matrix).all():
        prior = manifest.details.prior_per_answer
        columns = derived_columns.from_concentrations(matrix, tree, prior=prior)
    else:
        raise DamagedRelease(
            f"release {manifest.release_id} has concentrations outside "
            f"0 < α ≤ {MOST_CONCENTRATION:.0e}; make it again"
        )
    if samples is not None:
        columns |= derived_columns.from_samples(samples, tree)
    derived = derived_columns.to_arrow(columns)
    is_stored = manifest.posterior == "concentration"
    return _side_by_side([table, derived]) if is_stored else derived


def _matrix(table: pa.Table) -> np.ndarray:
    """(rows, columns) float64, null as NaN; the numbers of a column side by side."""
    matrix = np.empty((table.num_columns, table.num_rows))
    for row, column in zip(matrix, table.columns, strict=True):
        row[:] = to_float64(column)
    return matrix.T


def _side_by_side(parts: Sequence[pa.Table]) -> pa.Table:
    """The columns of all parts; later parts replace equal names."""
    columns = {name: part[name] for part in parts for name in part.column_names}
    for name, column in columns.items():
        if column.num_chunks > 1:  # a single one would be copied
            columns[name] = column.combine_chunks()
    return pa.table(columns)
