"""Arrays in memory: made once, read-only, bounded."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from morph.catalogue.arrays import arrays, rows_with
from morph.catalogue.in_memory import kept_arrays
from morph.catalogue.in_memory.columns import NO_ANSWER, column
from morph.catalogue.in_memory.kept_arrays import fits, held_bytes, kept


@pytest.fixture
def alone(monkeypatch):
    """No other arrays are kept."""
    monkeypatch.setattr(kept_arrays, "_memory", kept_arrays.Memory())


def test_columns_are_those_of_the_table(shared_con, fractions):
    names = ["ra", "redshift", "bar_strong_probability", "bar_asked"]
    for name, values in zip(names, arrays(shared_con, fractions, names), strict=True):
        found = column(shared_con, fractions, name)
        np.testing.assert_array_equal(found, values)
        assert found.dtype == values.dtype and not found.flags.writeable
    (answer,) = arrays(shared_con, fractions, ["bar_answer"])
    found = column(shared_con, fractions, "bar_answer")
    assert np.isnan(answer).any()
    np.testing.assert_array_equal(found == NO_ANSWER, np.isnan(answer))
    np.testing.assert_array_equal(found[found < NO_ANSWER], answer[found < NO_ANSWER])


def test_rows_with_a_number_in_every_column(shared_con, fractions):
    names = ["bar_strong_probability", "redshift"]
    known = np.isfinite(arrays(shared_con, fractions, names)).all(axis=0)
    found = rows_with(shared_con, fractions, names)
    assert found.tolist() == np.flatnonzero(known).tolist()
    assert 0 < len(found) < fractions.galaxies


def test_the_least_recently_used_arrays_are_dropped(alone, monkeypatch, plain):
    monkeypatch.setenv(kept_arrays.SPACE, "0.003")  # three of a thousand bytes
    made = []

    def of(name):
        def make():
            made.append(name)
            return np.zeros(1000, dtype=np.uint8)

        return kept(plain, name, make)

    for name in "abcabd":  # c is the oldest when d comes
        of(name)
    assert held_bytes() == 3000
    for name in "abdc":
        of(name)
    assert made == ["a", "b", "c", "d", "c"]


def test_an_array_above_the_limit_is_made_but_not_kept(alone, monkeypatch, plain):
    monkeypatch.setenv(kept_arrays.SPACE, "0")
    assert len(kept(plain, "a", lambda: np.zeros(9))) == 9
    assert held_bytes() == 0 and not fits(plain)
    monkeypatch.setenv(kept_arrays.SPACE, "some")  # as by default
    assert fits(plain) and not fits(_of(plain, 40_000_000))


def _of(release, galaxies):
    return replace(release, manifest=replace(release.manifest, galaxies=galaxies))


def test_many_threads_make_an_array_once(alone, plain):
    made, begin = [], threading.Barrier(8)

    def make():
        made.append(1)
        return np.arange(5)

    def ask(_):
        begin.wait()
        return kept(plain, "a", make).sum()

    with ThreadPoolExecutor(8) as people:
        assert list(people.map(ask, range(8))) == [10] * 8
    assert made == [1]


def test_what_could_not_be_made_is_tried_again(alone, plain):
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept(plain, "a", fail)
    assert kept(plain, "a", lambda: np.ones(1)).tolist() == [1]


def test_a_release_that_is_loaded_again_has_arrays_of_its_own(alone, plain):
    again = replace(plain, sequence=plain.sequence + 1)
    other = replace(plain, manifest_sha256="0" * 64)  # in another catalogue file
    several = (plain, again, other)
    made = [kept(one, "a", lambda n=n: np.full(1, n)) for n, one in enumerate(several)]
    assert [array.item() for array in made] == [0, 1, 2]
