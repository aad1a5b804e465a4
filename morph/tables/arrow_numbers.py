"""Numbers between numpy, where NaN is unknown, and Arrow, where null is.

As `pyarrow` converts them, but whole columns at once: unknown numbers are set through
their bits, since a branch for each number takes ten times as long.
"""

import numpy as np
import pyarrow as pa


def to_arrow(values: np.ndarray, kind: pa.DataType | None = None) -> pa.Array:
    """(N,) floats as an Arrow array, null for NaN.

    ``kind`` is another type of numbers, which all known values must fit.
    """
    known = ~np.isnan(values)
    unknown = len(values) - int(np.count_nonzero(known))
    if kind is not None:
        if unknown:
            values = _where(known, values)
        values = values.astype(kind.to_pandas_dtype())
    data = pa.py_buffer(np.ascontiguousarray(values))
    bits = pa.py_buffer(np.packbits(known, bitorder="little")) if unknown else None
    kind = kind or pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [bits, data], unknown)


def to_float64(cells: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """(N,) float64 of an Arrow array of numbers, NaN for null; to be read only."""
    chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
    if len(chunks) == 1:
        return _of_chunk(chunks[0])
    return np.concatenate([_of_chunk(chunk) for chunk in chunks] or [np.empty(0)])


def _of_chunk(cells: pa.Array) -> np.ndarray:
    cells = cells.cast(pa.float64(), safe=False)
    if not cells.null_count:
        return cells.to_numpy()
    bits, data = cells.buffers()
    start, stop = cells.offset, cells.offset + len(cells)
    first = start // 8 * 8
    held = np.frombuffer(bits, np.uint8)[first // 8 : -(-stop // 8)]
    known = np.unpackbits(held, bitorder="little")[start - first : stop - first]
    values = np.frombuffer(data, np.int64, len(cells), 8 * start)
    ones = known.view(np.int8) - np.int8(1)  # all bits of an unknown number: a NaN
    return np.bitwise_or(values, ones).view(np.float64)


def _where(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values (N,), 0 where they are not known."""
    values = np.ascontiguousarray(values)
    whole = values.view(f"i{values.itemsize}")
    return np.bitwise_and(whole, -known.view(np.int8)).view(values.dtype)
