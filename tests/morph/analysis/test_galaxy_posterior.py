"""The posterior of a galaxy against scipy, draws, and the release's files."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid
from scipy.stats import beta

from morph.analysis import galaxy_posterior
from morph.analysis.galaxy_posterior import (
    concentrations,
    curve,
    interval,
    on_triangle,
    summary,
)
from morph.geometry.ternary import suggested_corners, to_plane
from morph.trees.decision_tree import GZD5

BAR, EDGE = GZD5.question("bar"), GZD5.question("disk-edge-on")
MIXED = np.array([[20.0, 4.0, 2.0], [3.0, 15.0, 6.0]])


def draws(passes: np.ndarray, count: int = 60_000) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.concatenate([rng.dirichlet(alpha, count) for alpha in passes])


def names(con, release) -> list[str]:
    return [
        n for (n,) in con.execute(f"SELECT iauname FROM {release.table}").fetchall()
    ]


@pytest.mark.parametrize("place", [0, 57, 399])
def test_every_pass_is_read_from_the_file(shared_con, passes, releases_folder, place):
    name = names(shared_con, passes)[place]
    folder = releases_folder / "passes"
    found = concentrations(shared_con, passes, folder, name, BAR.labels)
    table = pd.read_parquet(folder / "samples.parquet")
    own = table[table["iauname"] == name].sort_values("pass")
    columns = [f"{label}_concentration" for label in BAR.labels]
    np.testing.assert_array_equal(found, own[columns].to_numpy())


def test_passes_are_found_in_a_file_of_another_order(
    shared_con, passes, releases_folder, tmp_path
):
    table = pd.read_parquet(releases_folder / "passes" / "samples.parquet")
    table.iloc[::-1].to_parquet(tmp_path / "samples.parquet", row_group_size=77)
    for name in names(shared_con, passes)[:3]:
        usual = concentrations(
            shared_con, passes, releases_folder / "passes", name, BAR.labels
        )
        found = concentrations(shared_con, passes, tmp_path, name, BAR.labels)
        np.testing.assert_array_equal(np.sort(found, axis=0), np.sort(usual, axis=0))


def test_one_pass_comes_from_the_catalogue(shared_con, plain, tmp_path):
    name = names(shared_con, plain)[11]
    found = concentrations(shared_con, plain, tmp_path, name, EDGE.labels)
    columns = ", ".join(f'"{label}_concentration"' for label in EDGE.labels)
    sql = f"SELECT {columns} FROM {plain.table} WHERE iauname = $name"
    assert found.tolist() == [list(shared_con.execute(sql, {"name": name}).fetchone())]


def test_fractions_have_no_posterior(shared_con, fractions, tmp_path):
    name = names(shared_con, fractions)[0]
    assert concentrations(shared_con, fractions, tmp_path, name, BAR.labels) is None


@pytest.mark.parametrize("passes", [MIXED[:1], MIXED], ids=["one pass", "two"])
@pytest.mark.parametrize("mass", [0.68, 0.9, 0.95])
def test_an_interval_holds_its_share_of_draws(passes, mass):
    drawn = draws(passes)[:, 1]
    low, high = interval(passes, 1, mass)
    tail = (1 - mass) / 2
    assert (drawn < low).mean() == pytest.approx(tail, abs=0.005)
    assert (drawn > high).mean() == pytest.approx(tail, abs=0.005)


def test_a_curve_is_the_density_of_the_beta():
    found = curve(np.array([[6.0, 3.0]]), 0)
    np.testing.assert_allclose(found.density, beta.pdf(found.x, 6, 3))
    assert found.mean == pytest.approx(2 / 3)
    assert found.intervals[0.95] == pytest.approx(beta.interval(0.95, 6, 3))


def test_a_curve_of_two_passes_has_both_peaks():
    found = curve(np.array([[60.0, 6.0], [6.0, 60.0]]), 0)
    assert trapezoid(found.density, found.x) == pytest.approx(1, abs=1e-3)
    middle = found.density[np.abs(found.x - 0.5).argmin()]
    peaks = [found.density[np.abs(found.x - at).argmin()] for at in (0.09, 0.91)]
    assert min(peaks) > 10 * middle
    assert found.mean == pytest.approx(0.5)


def test_the_triangles_mean_and_contours_are_the_mixtures():
    found = on_triangle(MIXED, suggested_corners(GZD5)["bar"])
    np.testing.assert_allclose(found.mean, draws(MIXED).mean(axis=0), atol=3e-3)
    assert found.inside == pytest.approx(1)
    reach = np.concatenate(found.contours[0.95])
    for alpha in MIXED:  # the region spans both passes
        x, _ = to_plane(alpha / alpha.sum())
        assert reach[:, 0].min() < x < reach[:, 0].max()


def test_groups_of_answers_are_renormalised():
    corners = suggested_corners(GZD5)["spiral-arm-count"]
    alpha = np.array([[2.0, 10.0, 3.0, 1.0, 1.0, 8.0]])  # 1, 2, 3, 4, more, can't tell
    found = on_triangle(alpha, corners)
    np.testing.assert_allclose(found.mean, np.array([2, 10, 5]) / 17)
    assert found.inside == pytest.approx(17 / 25)


def test_the_summary_has_a_row_for_each_answer():
    table = summary(MIXED, BAR)
    assert table["answer"].tolist() == list(BAR.words)
    assert table["mean"].sum() == pytest.approx(1)
    for place, row in enumerate(table.itertuples()):
        assert (row.low_68, row.high_68) == interval(MIXED, place, 0.68)
        assert row.low_95 < row.low_68 < row.mean < row.high_68 < row.high_95


def test_an_unknown_galaxy_is_our_bug(shared_con, plain, tmp_path):
    with pytest.raises(ValueError, match="no galaxy"):
        galaxy_posterior.concentrations(shared_con, plain, tmp_path, "J0", BAR.labels)
