"""Rows on disk are read in any order, and leave no file."""

import numpy as np
import pytest

from morph.release import stored_rows as module
from morph.release.stored_rows import stored_rows

ROWS = np.random.default_rng(0).random((1000, 3))


def test_rows_in_any_order_are_those_that_were_stored(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_RUN_ROWS", 50)
    stored = stored_rows(tmp_path, "abc", np.array_split(np.asfortranarray(ROWS), 7))
    assert (stored.columns, len(stored)) == (("a", "b", "c"), 1000)
    rng = np.random.default_rng(1)
    for rows in (
        np.arange(1000),
        rng.permutation(1000),
        rng.permutation(1000)[:20],
        np.array([999, 0, 999]),
        np.array([], dtype=np.int64),
    ):
        np.testing.assert_array_equal(stored.take(rows), ROWS[rows])


def test_no_file_is_left_even_if_a_block_is_refused(tmp_path):
    def blocks():
        yield ROWS
        raise ValueError("a wrong number")

    with pytest.raises(ValueError, match="a wrong number"):
        stored_rows(tmp_path / "new", "abc", blocks())
    stored_rows(tmp_path / "new", "abc", [ROWS])
    assert list((tmp_path / "new").iterdir()) == []
