"""Join the measured columns of an external table whose rows are those of another one.

Both are Parquet and read a part at a time. A column that both have and that identifies
the galaxies (an id, or the position) must agree in every row.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from morph.atomic import replacing
from morph.errors import UnreadableTable
from morph.release.photometry_and_redshifts import PHYSICAL

Progress = Callable[[int, int, str], None]

_ROWS = 100_000
_IDS = ("dr8_id", "iauname", "brickid", "objid")
_POSITIONS = ("ra", "dec")
_SAME_DEG = 1e-4  # 0.36 arcsec: positions may have been rounded


def join_rows(main: Path, external: Path, target: Path, progress: Progress) -> str:
    """Write ``main`` with the measured columns of ``external``; say how it was done.

    Raises
    ------
    UnreadableTable
        If the tables have different numbers of rows, or a row is of another galaxy.
    """
    try:
        left, right = (_opened(path) for path in (main, external))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableTable(
            f"{main.name} or {external.name} is not a Parquet file ({error})"
        ) from error
    rows = left.metadata.num_rows
    if right.metadata.num_rows != rows:
        raise UnreadableTable(
            f"{main.name} has {rows:,} rows and {external.name} "
            f"{right.metadata.num_rows:,}; expected the same galaxies in the same order"
        )
    shared = set(left.schema_arrow.names) & set(right.schema_arrow.names)
    checked = [name for name in (*_IDS, *_POSITIONS) if name in shared]
    added = [name for name in _measured(right) if name not in shared]
    with replacing(target) as temporary:
        _write(left, right, temporary, (checked, added), progress)
    how = "; only the numbers of rows could be compared"
    if checked:
        how = f": {', '.join(checked)} agree"
    return f"joined {', '.join(added) or 'nothing'} of {external.name}, row by row{how}"


def _opened(path: Path) -> pq.ParquetFile:
    """A file of which no more is in memory than what is being read."""
    return pq.ParquetFile(path, pre_buffer=False)


def _measured(table: pq.ParquetFile) -> list[str]:
    """The columns of magnitudes, radii and redshifts that a release takes."""
    wanted = {name for one in PHYSICAL.values() for name in one.published}
    return [name for name in table.schema_arrow.names if name in wanted]


def _write(
    left: pq.ParquetFile,
    right: pq.ParquetFile,
    path: Path,
    columns: tuple[list[str], list[str]],
    progress: Progress,
) -> None:
    checked, added = columns
    rows, done = left.metadata.num_rows, 0
    writer = None
    read = [*checked, *added] or right.schema_arrow.names[:1]
    parts = zip(_parts(left, None), _parts(right, read), strict=True)
    try:
        for one, other in parts:
            for name in checked:
                _compare(name, one[name], other[name], done)
            for name in added:
                one = one.append_column(other.schema.field(name), other[name])
            writer = writer or pq.ParquetWriter(path, one.schema, compression="zstd")
            writer.write_table(one)
            done += len(one)
            progress(done, rows, f"{done:,} of {rows:,} rows")
    finally:
        if writer is not None:
            writer.close()


def _parts(table: pq.ParquetFile, columns: list[str] | None) -> Iterator[pa.Table]:
    """The table in parts of the same number of rows, whatever its row groups are."""
    held: list[pa.RecordBatch] = []
    have = 0
    for batch in table.iter_batches(batch_size=_ROWS, columns=columns):
        held.append(batch)
        have += batch.num_rows
        while have >= _ROWS:
            whole = pa.Table.from_batches(held)
            yield whole.slice(0, _ROWS)
            held = whole.slice(_ROWS).to_batches()
            have -= _ROWS
    if have:
        yield pa.Table.from_batches(held)


def _compare(name: str, one: pa.ChunkedArray, other: pa.ChunkedArray, row: int) -> None:
    if name in _POSITIONS:
        a, b = (np.asarray(values.to_numpy(), float) for values in (one, other))
        differ = ~(np.abs(a - b) <= _SAME_DEG) & ~(np.isnan(a) & np.isnan(b))
    else:
        a, b = (values.cast(pa.string()).to_pandas() for values in (one, other))
        differ = ((a != b) & ~(a.isna() & b.isna())).to_numpy()
    if differ.any():
        first = row + int(np.argmax(differ))
        raise UnreadableTable(
            f"the external table contains other galaxies: {name} differs in row "
            f"{first + 1:,}; expected the same galaxies in the same order"
        )
