"""Results kept with a release: the same as computed anew, and never out of date."""

from __future__ import annotations  # see tests/morph/conftest.py

from dataclasses import replace

import numpy as np
import pytest

from data.synthetic.release import synthetic_release
from morph.analysis import import_checks
from morph.analysis.footprint import footprint
from morph.analysis.overview_results import prepare
from morph.catalogue import release_results
from morph.catalogue.connection import connect, look
from morph.catalogue.in_memory import kept_arrays
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_results import result
from morph.selection.funnel import funnel
from morph.selection.histograms import expected_counts, of_release
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import first_rows
from morph.selection.ready_made import carried, counted_once, drawn_once, samples_of
from morph.selection.selection import Selection
from morph.selection.slider_axes import shown_at_first
from tests.trees import GZ2


@pytest.fixture
def catalogue(tmp_path_factory, monkeypatch):
    """A release of fractions, some of them unknown, and one of another tree."""
    monkeypatch.setattr(release_results, "LEAST", 0)
    folder = tmp_path_factory.mktemp("results")
    synthetic_release(
        folder / "nulls", galaxies=300, release_id="nulls", fractions=True, votes=True
    )
    synthetic_release(folder / "gz2", galaxies=300, release_id="gz2", tree=GZ2)
    with connect(folder / "catalogue.duckdb") as con:
        yield con, folder


@pytest.fixture
def kept(catalogue):
    """A loaded release, and a result that counts how often it is computed."""
    con, folder = catalogue
    release, computed = load_release(con, folder / "gz2"), []

    def ask(release=release, of=""):
        computed.append(1)
        known = len(computed)
        found = result(con, release, "one", lambda: known, of=of)
        return found == known

    return con, release, folder, ask


def refuse(*_):
    raise AssertionError("it was computed once more")


def shown(con, release):
    """Everything that Overview shows of a whole release."""
    everything = Selection(tree=release.tree)
    sky = footprint(con, release, everything)
    featured = [one for one in samples_of(release.tree) if one.featured]
    samples = list(carried(release, featured).values())
    axes = shown_at_first(release)
    return {
        "expected": expected_counts(con, release),
        "checks": import_checks.import_checks(con, release),
        "sky": [one.tolist() for one in (sky.ra, sky.sin_dec, sky.whole, sky.selected)],
        "unplaced": sky.without_position,
        "axes": of_release(con, release, axes).tolist(),
        "drawn": drawn_once(con, release, everything),
        "counts": [counted_once(con, release, one) for one in samples],
        "samples": [drawn_once(con, release, one) for one in samples],
    }


@pytest.mark.parametrize("name", ["nulls", "gz2"])
def test_what_is_kept_equals_what_is_computed(name, catalogue, monkeypatch):
    con, folder = catalogue
    release = load_release(con, folder / name)
    told = []
    prepare(con, release, lambda *one: told.append(one))
    assert told[-1][1] == told[-1][2]
    with monkeypatch.context() as patch:
        patch.setattr(release_results, "_keep", refuse)
        patch.setattr(kept_arrays, "_memory", kept_arrays.Memory())
        kept = shown(con, release)
    monkeypatch.setattr(release_results, "LEAST", release.galaxies + 1)
    monkeypatch.setattr(kept_arrays, "_memory", kept_arrays.Memory())
    assert shown(con, release) == kept


def test_samples_are_counted_and_drawn_as_any_selection(catalogue):
    con, folder = catalogue
    release = load_release(con, folder / "nulls")
    for one in carried(release, samples_of(release.tree)).values():
        assert counted_once(con, release, one) == funnel(con, release, one)
        rows = first_rows(con, release, one, Order("random"), 40)
        assert drawn_once(con, release, one) == rows
    axis = next(one for one in shown_at_first(release) if one.column == "redshift")
    (counts,) = of_release(con, release, [axis])
    found = con.execute(f"SELECT redshift FROM {release.table}").df()["redshift"]
    by_hand, _ = np.histogram(found.dropna(), len(counts), (axis.low, axis.high))
    assert counts.tolist() == by_hand.tolist()
    assert counts.sum() == found.count() < release.galaxies


def test_a_result_is_computed_once_for_a_load(kept):
    con, _, folder, ask = kept
    assert [ask(), ask(), ask()] == [True, False, False]
    unload_release(con, "gz2")
    assert con.execute("FROM results").fetchall() == []
    assert ask(load_release(con, folder / "gz2"))


def test_a_result_depends_on_code_manifest_and_what_is_stated(kept, monkeypatch):
    con, release, _, ask = kept
    assert ask() and not ask()
    assert ask(of="another footprint")
    assert ask(replace(release, manifest_sha256="of other words"))
    assert ask() and not ask()
    monkeypatch.setattr(release_results, "code_mark", lambda: "changed")
    assert ask() and not ask()
    assert len(con.execute("FROM results").fetchall()) == 1


def test_nothing_is_kept_of_few_galaxies_or_of_an_unloaded_release(kept, monkeypatch):
    con, release, _, ask = kept
    unload_release(con, "gz2")
    assert ask() and ask()
    monkeypatch.setattr(release_results, "LEAST", release.galaxies + 1)
    assert ask() and ask()
    assert con.execute("FROM results").fetchall() == []


def test_a_catalogue_that_is_only_read_computes_each_time(catalogue):
    con, folder = catalogue
    release = load_release(con, folder / "gz2")
    con.execute("DROP TABLE results")  # as an earlier version made it
    con.close()
    with look(folder / "catalogue.duckdb") as read:
        assert result(read, release, "one", lambda: 1) == 1
        assert result(read, release, "one", lambda: 2) == 2
    with connect(folder / "catalogue.duckdb") as again:
        assert result(again, release, "one", lambda: 3) == 3
        assert result(again, release, "one", lambda: 4) == 3
