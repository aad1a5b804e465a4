"""Subsets saved, combined and run again, against sets of names in Python."""

import hashlib
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morph.catalogue import connection, release_table
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.geometry.regions import Plane, Region
from morph.release.folder import read_manifest, write_release
from morph.selection.certainty.certainty import Surest
from morph.selection.funnel import count
from morph.selection.listing.ordering import page
from morph.selection.selection import InSubset, Selection
from morph.subsets import combine, rerun, saved, subset_rows

STRONG = Selection(limits={"bar_strong": (0.3, 1)})
ROUND = Selection(limits={"how-rounded_round": (0.4, 1)})


@pytest.fixture(scope="module")
def con(tmp_path_factory, releases_folder):
    """Release "plain", and "later" with most of its galaxies, judged anew, and more."""
    home = tmp_path_factory.mktemp("workspace")
    write_later(releases_folder, home / "later")
    with connection.connect(home / "c.duckdb", workspace=home / "w.duckdb") as con:
        load_release(con, releases_folder / "plain")
        load_release(con, home / "later")
        yield con


def write_later(releases_folder, folder) -> None:
    read = {
        (release, name): pd.read_parquet(releases_folder / release / f"{name}.parquet")
        for release in ("plain", "passes")
        for name in ("galaxies", "posteriors")
    }
    galaxies, posteriors = (
        pd.concat([read["plain", name][:2500], read["passes", name]])
        for name in ("galaxies", "posteriors")
    )
    alpha = posteriors.columns[1:]
    noise = np.random.default_rng(0).lognormal(0, 0.3, (len(posteriors), len(alpha)))
    posteriors[alpha] = np.clip(posteriors[alpha] * noise, 1, 101)
    manifest = read_manifest(releases_folder / "plain")
    write_release(
        folder,
        replace(manifest, release_id="later", files={}),
        galaxies.drop(columns="_healpix_29"),
        posteriors,
    )


@pytest.fixture(scope="module")
def plain(con):
    return release_table.release(con, "plain")


@pytest.fixture(scope="module")
def later(con):
    return release_table.release(con, "later")


@pytest.fixture(scope="module")
def every_name(con, plain):
    return page(con, plain, Selection(), limit=10_000)["iauname"].tolist()


_number = iter(range(1_000_000))


def called() -> str:
    return f"subset {next(_number)}"


def save_names(con, release, names, **given) -> saved.Subset:
    return saved.save_names(con, release, names, kind="pins", name=called(), **given)


def names_in(con, release, selection) -> set[str]:
    return set(page(con, release, selection, limit=10_000)["iauname"])


def test_a_selection_is_kept_with_what_made_it(con, plain):
    found = saved.save_selection(
        con, plain, STRONG, name="  Strong bars ", note="for the paper"
    )
    expected = sorted(names_in(con, plain, STRONG))
    assert saved.members(con, found.subset_id).tolist() == expected
    assert found.galaxies == len(expected) == count(con, plain, STRONG) > 0
    assert (
        found.digest == (hashlib.sha256("\n".join(expected).encode()).hexdigest()[:12])
    )
    assert (found.name, found.kind, found.release_id) == (
        "Strong bars",
        "filter",
        "plain",
    )
    assert found.recipe["words"].endswith("Strong bar between 0.30 and 1.00")
    assert saved.subset(con, found.subset_id) == found
    assert found in saved.subsets(con)
    again = saved.save_selection(con, plain, STRONG, name="The same again")
    assert again.digest == found.digest != again.subset_id


def test_each_way_of_saving_keeps_the_owner(con, plain, later, every_name):
    ann = {"owner": "ann@uni.edu"}
    of_selection = saved.save_selection(con, plain, STRONG, name=called(), **ann)
    of_names = save_names(con, plain, every_name[:3], **ann)
    ids = [of_selection.subset_id, of_names.subset_id]
    again = rerun.rerun(con, of_selection.subset_id, later)
    made = (
        of_selection,
        of_names,
        combine.save(con, "or", ids, name=called(), **ann),
        combine.save_with(con, ids[1], every_name[3:5], name=called(), **ann),
        rerun.save(con, again, name=called(), **ann),
    )
    for one in made:
        assert saved.subset(con, one.subset_id).owner == "ann@uni.edu"
    assert save_names(con, plain, every_name[:3]).owner is None


def test_a_subset_selects_exactly_its_galaxies(con, plain):
    found = saved.save_selection(con, plain, ROUND, name=called())
    within = saved.as_selection(found, plain)
    assert count(con, plain, within) == found.galaxies
    assert names_in(con, plain, within) == names_in(con, plain, ROUND)


def test_ids_are_short_and_never_a_column(con, plain, every_name):
    ids = {save_names(con, plain, every_name[:1]).subset_id for _ in range(20)}
    assert len(ids) == 20
    for found in ids:
        assert len(found) == 5
        assert found[1].isdigit()
        InSubset(found)


def test_names_are_kept_once_each(con, plain, every_name):
    given = [every_name[5], every_name[1], every_name[5]]
    found = save_names(con, plain, given)
    assert saved.members(con, found.subset_id).tolist() == sorted(set(given))


def test_a_name_the_release_does_not_have_is_refused(con, plain, every_name):
    with pytest.raises(MorphError, match=r"not in release .*: 'Jnowhere' and 1 more"):
        save_names(con, plain, [every_name[0], "Jnowhere", "Jnowhere2"])


@pytest.mark.parametrize("hostile", ["x'); DROP TABLE members; --", "“", "🌌", "%s"])
def test_names_and_notes_are_only_text(con, plain, every_name, hostile):
    found = saved.save_names(
        con, plain, every_name[:3], kind="pins", name=hostile, note=hostile
    )
    assert saved.subset(con, found.subset_id).name == hostile
    assert saved.annotate(con, found.subset_id, hostile * 2).note == hostile * 2
    assert len(saved.members(con, found.subset_id)) == 3


def test_a_subset_can_be_renamed_annotated_deleted_and_restored(con, plain, every_name):
    found = save_names(con, plain, every_name[:2])
    other = save_names(con, plain, every_name[:2])
    name = called()
    assert saved.rename(con, found.subset_id, name).name == name
    assert saved.rename(con, found.subset_id, name.upper()).name == name.upper()
    with pytest.raises(MorphError, match="already"):
        saved.rename(con, other.subset_id, name)
    deleted = saved.delete(con, found.subset_id)
    assert deleted.deleted is not None
    assert deleted not in saved.subsets(con)
    assert deleted in saved.subsets(con, deleted=True)
    assert len(saved.members(con, found.subset_id)) == 2  # links go on working
    saved.rename(con, other.subset_id, name)  # the name is free again
    with pytest.raises(MorphError, match="already"):  # and now it is not
        saved.restore(con, found.subset_id)
    saved.rename(con, other.subset_id, called())
    assert saved.restore(con, found.subset_id).deleted is None
    assert found.subset_id in {s.subset_id for s in saved.subsets(con)}


@pytest.mark.parametrize(
    ("name", "note", "says"),
    [
        ("", "", "1 to 80"),
        ("x" * 81, "", "1 to 80"),
        ("two\nlines", "", "1 to 80"),
        ("fine", "x" * 2001, "at most 2,000"),
    ],
)
def test_a_wrong_name_or_note_says_what_is_expected(
    con, plain, every_name, name, note, says
):
    with pytest.raises(MorphError, match=says):
        saved.save_names(con, plain, every_name[:1], kind="pins", name=name, note=note)


def test_nothing_is_no_subset(con, plain):
    impossible = Selection(limits={"bar_strong": (0.999, 1)})
    with pytest.raises(MorphError, match="at least one"):
        saved.save_selection(con, plain, impossible, name=called())


def test_unknown_ids_are_named(con):
    for call in (saved.subset, saved.members, saved.delete):
        with pytest.raises(MorphError, match="no subset 'z9zzz'"):
            call(con, "z9zzz")


@settings(max_examples=40)
@given(
    st.lists(st.sets(st.integers(0, 40), min_size=1), min_size=2, max_size=5),
    st.sampled_from(combine.OPERATIONS),
)
def test_algebra_is_that_of_sets(con, plain, every_name, given_sets, operation):
    ids = [
        save_names(con, plain, [every_name[i] for i in one]).subset_id
        for one in given_sets
    ]
    expected = {
        "and": set.intersection,
        "or": set.union,
        "not": set.difference,
    }[operation](*given_sets)
    if not expected:
        with pytest.raises(MorphError, match="at least one"):
            combine.save(con, operation, ids, name=called())
    else:
        found = combine.save(con, operation, ids, name=called())
        names = sorted(every_name[i] for i in expected)
        assert saved.members(con, found.subset_id).tolist() == names
        assert [part["subset_id"] for part in found.recipe["of"]] == ids
    overlaps = combine.overlaps(con, ids)
    assert overlaps["galaxies"].sum() == len(set.union(*given_sets))
    for combination, galaxies in overlaps.itertuples(index=False):
        own = [s for i, s in zip(ids, given_sets, strict=True) if i in combination]
        rest = [s for i, s in zip(ids, given_sets, strict=True) if i not in combination]
        exactly = set.intersection(*own).difference(*rest)
        assert galaxies == len(exactly) > 0


def test_algebra_says_what_it_needs(con, plain, every_name):
    found = save_names(con, plain, every_name[:1]).subset_id
    with pytest.raises(MorphError, match="2 to 5 different"):
        combine.save(con, "and", [found], name=called())
    with pytest.raises(MorphError, match="2 to 5 different"):
        combine.save(con, "and", [found, found], name=called())
    with pytest.raises(MorphError, match="expected one of: and, or, not"):
        combine.save(con, "xor", [found, found], name=called())
    with pytest.raises(MorphError, match="no subset"):
        combine.overlaps(con, [found, "z9zzz"])


def difference(con, found, release, expected: set[str]):
    done = rerun.rerun(con, found.subset_id, release)
    before = set(saved.members(con, found.subset_id))
    there = names_in(con, release, Selection())
    assert set(done.names) == expected
    assert set(done.stayed) == before & expected
    assert set(done.entered) == expected - before
    assert set(done.left) == (before - expected) & there
    assert set(done.missing) == before - expected - there
    return done


def test_a_filter_run_again_says_who_entered_left_or_is_missing(con, plain, later):
    found = saved.save_selection(con, plain, STRONG, name="bars then")
    done = difference(con, found, later, names_in(con, later, STRONG))
    for part in ("stayed", "entered", "left", "missing"):
        assert len(getattr(done, part)) > 0
        assert f"{len(getattr(done, part)):,}" in done.sentence
    kept = rerun.save(con, done, name="bars now")
    assert (kept.release_id, kept.kind) == ("later", "filter")
    assert kept.recipe["rerun_of"]["subset_id"] == found.subset_id
    assert kept.recipe["difference"]["missing"] == len(done.missing)
    assert saved.members(con, kept.subset_id).tolist() == sorted(done.names)
    again = rerun.rerun(con, kept.subset_id, later)
    assert len(again.stayed) == kept.galaxies == len(again.names)


def test_names_run_again_are_those_the_release_has(con, plain, later, every_name):
    found = save_names(con, plain, every_name[::7])
    there = names_in(con, later, Selection())
    done = difference(con, found, later, set(every_name[::7]) & there)
    assert len(done.left) == len(done.entered) == 0


def test_a_combination_run_again_runs_its_parts_again(con, plain, later, every_name):
    bars = saved.save_selection(con, plain, STRONG, name=called())
    pins = save_names(con, plain, every_name[::2])
    either = combine.save(con, "or", [bars.subset_id, pins.subset_id], name=called())
    both = combine.save(con, "not", [either.subset_id, pins.subset_id], name=called())
    there = names_in(con, later, Selection())
    pinned = set(every_name[::2]) & there
    bars_now = names_in(con, later, STRONG)
    difference(con, either, later, bars_now | pinned)
    difference(con, both, later, bars_now - pinned)


def test_a_recipe_that_a_release_cannot_serve_says_why(con, plain, later):
    on_map = Selection(
        regions=(Region(Plane("map", ("plain",)), ((-50, -50), (50, -50), (0, 50))),)
    )
    found = saved.save_selection(con, plain, on_map, name="blob")
    assert found.kind == "region"
    with pytest.raises(MorphError, match="drawn on the map of plain, which release"):
        rerun.rerun(con, found.subset_id, later)
    surest = Selection(certainty=(Surest("variance", "bar_strong", 10),))
    kept = saved.save_selection(con, plain, surest, name=called())
    difference(con, kept, later, names_in(con, later, surest))


def test_many_may_keep_at_once(con, plain, every_name):
    """Each browser session is a thread with a cursor of its own."""
    problems = []

    def keep(number: int) -> None:
        try:
            with con.cursor() as cursor:
                for part in range(5):
                    names = every_name[number :: 10 + part]
                    name = f"thread {number} part {part}"
                    found = saved.save_names(
                        cursor, plain, names, kind="pins", name=name
                    )
                    mine = saved.members(cursor, found.subset_id)
                    np.testing.assert_array_equal(mine, sorted(names))
                    saved.annotate(cursor, found.subset_id, name)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=keep, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    found = {s.name: s for s in saved.subsets(con) if s.name.startswith("thread")}
    assert len(found) == 40
    assert all(subset.note == name for name, subset in found.items())


@pytest.mark.parametrize("operation", combine.OPERATIONS)
def test_the_combinations_that_an_operation_keeps_are_those_it_saves(
    con, plain, operation
):
    ids = []
    for label in ("bar_strong", "bar_weak", "bar_no"):
        likely = Selection(limits={label: (0.1, 1)}, rule="off")
        kept = saved.save_selection(con, plain, likely, name=f"{operation} {label}")
        ids.append(kept.subset_id)
    found = combine.overlaps(con, ids)
    kept = [combine.keeps(operation, one, ids) for one in found["subsets"]]
    result = combine.save(con, operation, ids, name=f"{operation} of three")
    assert found["galaxies"][kept].sum() == result.galaxies


def test_a_name_taken_meanwhile_must_go_before_a_subset_is_restored(con, plain):
    first = saved.save_selection(con, plain, STRONG, name="Taken")
    saved.delete(con, first.subset_id)
    second = saved.save_selection(con, plain, ROUND, name="taken")
    with pytest.raises(MorphError, match="“Taken” already"):
        saved.restore(con, first.subset_id)
    saved.rename(con, second.subset_id, "Another")
    assert saved.restore(con, first.subset_id).deleted is None


def test_of_two_who_save_under_one_name_at_once_the_second_is_refused(
    con, plain, monkeypatch
):
    """The second comes just as the first has found the name free."""
    answers, once = [], iter([True])

    def save(cursor) -> None:
        try:
            answers.append(saved.save_selection(cursor, plain, STRONG, name="Twice"))
        except MorphError as error:
            answers.append(str(error))

    second = threading.Thread(target=save, args=(con.cursor(),))
    checked = subset_rows.checked_name

    def with_another(*given, **more):
        found = checked(*given, **more)
        if next(once, False):
            second.start()
            second.join(timeout=1)
        return found

    monkeypatch.setattr(subset_rows, "checked_name", with_another)
    save(con.cursor())
    second.join()
    assert [one.name for one in saved.subsets(con)].count("Twice") == 1
    assert "a subset “Twice” already exists" in answers[1]
