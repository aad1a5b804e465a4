"""Colours of galaxies against the numbers of single galaxies."""

import io

import numpy as np
import pytest
from PIL import Image

from morph.analysis import map_colours
from morph.analysis.map_colours import value_range
from morph.catalogue.arrays import arrays, arrays_from
from morph.catalogue.release_table import query
from morph.figures.plane_images import SEQUENCE, density_picture, mean_picture


def names(con, release) -> list[str]:
    sql = f"SELECT iauname FROM {release.table}"
    return [name for (name,) in query(con, release, sql).fetchall()]


def test_columns_of_another_release_stand_at_the_same_galaxies(
    shared_con, plain, passes
):
    column = "bar_strong_probability"
    (there,) = arrays(shared_con, passes, [column])
    theirs = dict(zip(names(shared_con, passes), there, strict=True))
    (found,) = arrays_from(shared_con, plain, passes, [column])
    expected = [theirs.get(name, np.nan) for name in names(shared_con, plain)]
    np.testing.assert_array_equal(found, expected)
    (same,) = arrays_from(shared_con, plain, plain, [column])
    np.testing.assert_array_equal(same, arrays(shared_con, plain, [column])[0])


def test_change_is_of_this_release_against_the_other(shared_con, plain):
    change = map_colours.by_change(shared_con, plain, plain, "bar_strong")
    assert (change.values == 0).all() and change.low == -change.high < 0


def test_the_largest_answer_of_a_galaxy_is_its_class(shared_con, plain):
    question = plain.tree.question("bar")
    classes = map_colours.by_largest(shared_con, plain, question)
    columns = [f"{label}_probability" for label in question.labels]
    fractions = np.column_stack(arrays(shared_con, plain, columns))
    np.testing.assert_array_equal(classes.of, fractions.argmax(axis=1))
    assert classes.words == ("Strong bar", "Weak bar", "No bar")
    rows = np.arange(0, 3000, 7)
    np.testing.assert_array_equal(
        classes.counts(rows), np.bincount(classes.of[rows], minlength=3)
    )


def test_masked_answers_are_a_class_of_their_own(shared_con, fractions):
    question = fractions.tree.question("bar")
    classes = map_colours.by_largest(shared_con, fractions, question)
    (strong,) = arrays(shared_con, fractions, ["bar_strong_probability"])
    assert classes.words[-1] == map_colours.UNKNOWN
    np.testing.assert_array_equal(classes.of == 3, np.isnan(strong))


def test_sureness_is_the_standard_deviation_over_all_passes(shared_con, passes):
    found = map_colours.by_sureness(shared_con, passes, "bar_strong")
    (variance,) = arrays(shared_con, passes, ["bar_strong_total_variance"])
    np.testing.assert_allclose(found.values**2, variance, rtol=1e-6)


def test_measures_carry_their_unit(shared_con, plain):
    assert map_colours.by_measure(shared_con, plain, "mag_r").title.endswith("(mag)")
    trust = map_colours.by_trust(shared_con, plain, "trust")
    assert (trust.title, trust.low, trust.high) == ("Trust", 0.0, 1.0)


def test_membership_of_a_set_and_of_a_release(shared_con, plain, passes):
    mask = np.arange(3000) < 10
    classes = map_colours.by_mask("Selection", mask, "selected", "others")
    np.testing.assert_array_equal(classes.counts(np.arange(3000)), [10, 2990])
    both = set(names(shared_con, plain)) & set(names(shared_con, passes))
    found = map_colours.by_release(shared_con, plain, passes)
    assert found.counts(np.arange(3000))[0] == len(both)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def test_density_is_the_more_opaque_the_more_galaxies_and_low_y_is_below():
    counts = np.array([[0, 1], [10, 100]])
    drawn = pixels(density_picture(counts))[::-1, :, 3]
    assert drawn[0, 0] == 0 and drawn[0, 1] > 20
    assert drawn[0, 1] < drawn[1, 0] < drawn[1, 1]


def test_means_have_the_colours_of_the_scale_and_unknown_ones_none():
    mean = np.array([[0.0, 1.0], [5.0, np.nan]])
    drawn = pixels(mean_picture(mean, np.ones((2, 2)), low=0, high=1))[::-1]
    places = np.ndindex(2, 2)
    hexes = ["#{:02x}{:02x}{:02x}".format(*drawn[place][:3]) for place in places]
    assert hexes[:3] == [SEQUENCE[0], SEQUENCE[-1], SEQUENCE[-1]]
    assert drawn[1, 1, 3] == 0 < drawn[0, 0, 3]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([np.nan]), (0.0, 1.0)),
        (np.array([3.0, np.nan]), (3.0, 4.0)),
        (np.concatenate([np.linspace(0, 1, 101), [900.0]]), (0.01, 0.99)),
    ],
)
def test_a_range_leaves_outliers_out(values, expected):
    assert value_range(values) == pytest.approx(expected, abs=0.02)
