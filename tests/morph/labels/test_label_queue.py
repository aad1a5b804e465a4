"""Queues: which galaxies, in which order, and which of them are shown twice."""

from collections import Counter

import numpy as np
import pytest

from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.labels import label_queue
from morph.labels.label_queue import GAPS, make_queue, sequence, showing_at
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.listing.selected_rows import names
from morph.selection.recipe_json import from_json
from morph.selection.selection import Selection

STRONG = Selection(limits={"bar_strong": (0.3, 1)})


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("galaxies", [1, 2, 5, 11, 60, 500])
@pytest.mark.parametrize("repeated", [0, 0.1, 0.5, 1])
def test_each_galaxy_is_shown_once_and_a_stated_fraction_again(
    galaxies, repeated, seed
):
    place, showing = sequence(galaxies, repeated, seed)
    times = Counter(place.tolist())
    assert set(times) == set(range(galaxies))
    assert sorted(times.values())[::-1].count(2) == round(repeated * galaxies)
    assert set(times.values()) <= {1, 2}
    first = {p: n for n, p in reversed([*enumerate(place.tolist())])}
    for number, (p, s) in enumerate(zip(place.tolist(), showing.tolist(), strict=True)):
        assert s == (1 if first[p] == number else 2)
    assert place[showing == 1].tolist() == list(range(galaxies))


def test_a_galaxy_comes_again_after_at_least_ten_others():
    place, showing = sequence(500, 0.2, seed=3)
    at = {(p, s): n for n, (p, s) in enumerate(zip(place, showing, strict=True))}
    gaps = [at[p, 2] - at[p, 1] for p in place[showing == 2]]
    assert min(gaps) >= GAPS[0]
    assert max(gaps) <= 2 * GAPS[1]
    assert len(set(gaps)) > 20


def test_the_same_seed_gives_the_same_sequence():
    for one, other in zip(sequence(80, 0.3, 5), sequence(80, 0.3, 5), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(sequence(80, 0.3, 5)[0], sequence(80, 0.3, 6)[0])


@pytest.fixture(scope="module")
def con(tmp_path_factory, releases_folder):
    home = tmp_path_factory.mktemp("queues")
    with connection.connect(home / "c.duckdb", workspace=home / "w.duckdb") as con:
        load_release(con, releases_folder / "plain")
        yield con


def made(con, release, selection=STRONG, **more):
    given = {"question_id": "k7f3a", "galaxies": 40, "seed": 7} | more
    return make_queue(con, release, selection, **given)


def test_the_galaxies_are_the_first_of_the_random_order(con, plain):
    queue = made(con, plain, repeated=0.25)
    order = Order("random", seed=7)
    expected = page(con, plain, STRONG, order=order, limit=40)["iauname"].tolist()
    shown = [showing_at(con, queue, number) for number in range(queue.shown)]
    assert [one.iauname for one in shown if one.showing == 1] == expected
    assert (queue.galaxies, queue.shown) == (40, 50)
    again = [one.iauname for one in shown if one.showing == 2]
    assert len(set(again)) == 10
    assert set(again) <= set(expected)
    assert [one.number for one in shown] == list(range(50))


def test_a_queue_is_kept_with_its_recipe(con, plain):
    queue = made(con, plain, question_id="w4bbb", repeated=0.1)
    assert label_queue.queues(con, "w4bbb") == [queue]
    assert label_queue.saved_queue(con, queue.queue_id) == queue
    assert from_json(queue.recipe["selection"]) == STRONG
    assert queue.words.startswith("40 at random (seed 7) from: ")
    assert "0.3" in queue.words
    assert (queue.release_id, queue.release_key) == ("plain", plain.key)


def test_of_few_galaxies_all_are_in_the_queue(con, plain):
    few = Selection(limits={"bar_strong": (0.6, 1)})
    queue = made(con, plain, few, galaxies=100_000)
    shown = {showing_at(con, queue, n).iauname for n in range(queue.shown)}
    assert shown == set(names(con, plain, few))
    assert queue.galaxies == len(shown)


def test_what_cannot_be_drawn_is_said(con, plain):
    nothing = Selection(limits={"bar_strong": (0.99, 1)})
    with pytest.raises(MorphError, match="no galaxies are selected"):
        made(con, plain, nothing)
    with pytest.raises(MorphError, match="expected at least 1 galaxy"):
        made(con, plain, galaxies=0)
    with pytest.raises(MorphError, match="150% are shown"):
        made(con, plain, repeated=1.5)
    queue = made(con, plain)
    for number in (-1, 40):
        with pytest.raises(MorphError, match="expected 0 to 39"):
            showing_at(con, queue, number)
    with pytest.raises(MorphError, match="there is no queue 'nope'"):
        label_queue.saved_queue(con, "nope")
