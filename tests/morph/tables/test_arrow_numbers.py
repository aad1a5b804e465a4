"""Numbers of Arrow and numpy, compared with the conversions of pyarrow."""

import numpy as np
import pyarrow as pa
import pytest

from morph.tables.arrow_numbers import to_arrow, to_float64

RNG = np.random.default_rng(0)


def some_unknown(size: int, share: float, dtype=np.float64) -> np.ndarray:
    values = RNG.normal(size=size).astype(dtype)
    values[RNG.random(size) < share] = np.nan
    return values


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("share", [0, 0.3, 1])
@pytest.mark.parametrize("size", [0, 1, 8, 1003])
def test_nan_becomes_null(size, share, dtype):
    values = some_unknown(size, share, dtype)
    made = to_arrow(values)
    made.validate(full=True)
    assert made.equals(pa.array(values, from_pandas=True))
    assert made.null_count == np.isnan(values).sum()


def test_every_other_number_of_a_wider_array():
    values = some_unknown(2000, 0.5)[::2]
    assert to_arrow(values).equals(pa.array(values, from_pandas=True))


@pytest.mark.parametrize("share", [0, 0.4, 1])
def test_numbers_as_small_integers(share):
    values = np.floor(6 * np.abs(some_unknown(999, share, np.float32)))
    expected = pa.array(values, from_pandas=True).cast(pa.uint8())
    assert to_arrow(values, pa.uint8()).equals(expected)


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.float32(), pa.int16(), pa.int64(), pa.uint8()]
)
@pytest.mark.parametrize(("start", "length"), [(0, 500), (3, 17), (9, 0), (64, 1)])
def test_null_becomes_nan_also_in_a_part_of_an_array(kind, start, length):
    known = RNG.random(500) < 0.6
    cells = [int(n) if k else None for n, k in zip(range(500), known, strict=True)]
    cells = pa.array([c and c % 200 for c in cells], kind).slice(start, length)
    expected = [np.nan if c is None else float(c) for c in cells.to_pylist()]
    np.testing.assert_array_equal(to_float64(cells), expected)


def test_numbers_that_stand_under_a_null_do_not_matter():
    bits = pa.py_buffer(np.packbits([1, 0, 1], bitorder="little"))
    held = pa.py_buffer(np.array([-0.0, np.inf, 2.5]))
    cells = pa.Array.from_buffers(pa.float64(), 3, [bits, held])
    values = to_float64(cells)
    np.testing.assert_array_equal(values, [-0.0, np.nan, 2.5])
    assert np.signbit(values[0])


def test_columns_in_several_chunks_or_in_none():
    chunks = pa.chunked_array([[1.0, None], [], [3.0]], pa.float64())
    np.testing.assert_array_equal(to_float64(chunks), [1, np.nan, 3])
    assert to_float64(pa.chunked_array([], pa.int8())).shape == (0,)
    np.testing.assert_array_equal(to_float64(pa.nulls(2)), [np.nan, np.nan])
