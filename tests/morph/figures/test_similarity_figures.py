"""The histogram of distances has each galaxy once, those shown in colour."""

import numpy as np

from morph.figures.similarity_figures import distance_table, distances


def test_shown_and_others_are_all_galaxies():
    rng = np.random.default_rng(0)
    everyone = np.sort(rng.uniform(0.1, 0.9, 2000))
    table = distance_table(everyone, everyone[:48])
    assert table["shown"].sum() == 48 and table["others"].sum() == 2000 - 48
    assert table["low"].iloc[0] == 0
    near = table["high"] <= everyone[40]
    assert not table.loc[near, "others"].any()
    others, shown = distances(table, float(everyone[47])).data
    assert (others.name, shown.name) == ("Others (1,952)", "Shown (48)")
    np.testing.assert_array_equal(shown.y, table["shown"])


def test_galaxies_at_no_distance_have_a_bin():
    table = distance_table(np.zeros(5), np.zeros(5))
    assert table["shown"].sum() == 5 and table["others"].sum() == 0
