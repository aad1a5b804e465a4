"""Pages, histograms, look-ups and relaxations against pandas on the same rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from morph.analysis.galaxy_posterior import borders
from morph.analysis.one_galaxy import galaxy
from morph.catalogue import connection
from morph.catalogue.arrays import rows_of
from morph.catalogue.find_galaxy import cone, find, nearest
from morph.catalogue.in_memory import kept_arrays
from morph.catalogue.loading import load_release
from morph.errors import DamagedRelease, MorphError
from morph.posterior import dirichlet
from morph.selection.certainty.certainty import Surest, Tail
from morph.selection.conditions import steps
from morph.selection.funnel import count, funnel, lost
from morph.selection.histograms import expected_counts, histograms
from morph.selection.listing.beside_in_order import neighbours
from morph.selection.listing.order import KINDS, Order, orders
from morph.selection.listing.ordering import page
from morph.selection.relaxation import _round, relaxation
from morph.selection.selection import Limit, Selection
from morph.sky import separation_arcsec
from morph.trees.decision_tree import GZD5
from tests.fraction_releases import write_fractions

BARRED = Selection(limits={"bar_strong": (0.3, 1)})


@pytest.fixture(scope="session")
def con(shared_con):
    return shared_con


@pytest.fixture(scope="session")
def rows(con, plain) -> pd.DataFrame:
    """The plain release's wide table."""
    return con.execute(f"SELECT * FROM {plain.table}").df()


@pytest.fixture(scope="session")
def barred(rows) -> pd.DataFrame:
    keep = (
        (rows["smooth-or-featured_answer"] == 1)
        & (rows["disk-edge-on_answer"] == 1)
        & (rows["bar_strong_probability"] >= np.float32(0.3))
    )
    assert 48 < keep.sum() < 1000
    return rows[keep]


@pytest.mark.parametrize(
    ("order", "column", "ascending"),
    [
        (Order("surest_variance", "bar_strong"), "bar_strong_variance", True),
        (Order("least_sure_variance", "bar_strong"), "bar_strong_variance", False),
        (Order("surest_concentration", "bar_strong"), "bar_total", False),
        (Order("least_sure_concentration", "bar_strong"), "bar_total", True),
        (Order("highest", "bar_weak"), "bar_weak_probability", False),
        (Order("lowest", "bar_weak"), "bar_weak_probability", True),
        (Order("highest_radius_arcsec"), "radius_arcsec", False),
        (Order("lowest_radius_arcsec"), "radius_arcsec", True),
        (Order("lowest_mag_r"), "mag_r", True),
        (Order("highest_mag_r"), "mag_r", False),
        (Order("lowest_redshift"), "redshift", True),
        (Order("highest_dec"), "dec", False),
        (Order("iauname"), "iauname", True),
    ],
)
def test_pages_follow_their_order(con, plain, barred, order, column, ascending):
    expected = barred.sort_values([column, "iauname"], ascending=[ascending, True])
    names = []
    for offset in (0, 20):
        part = page(
            con, plain, BARRED, order=order, offset=offset, limit=20, columns=["ra"]
        )
        assert list(part) == ["iauname", "ra"]
        names += list(part["iauname"])
    assert names == list(expected["iauname"][:40])


def test_random_pages_stay_the_same_and_hold_everyone_once(con, plain, barred):
    def names(seed):
        parts = [
            page(con, plain, BARRED, order=Order("random", seed=seed), offset=offset)
            for offset in range(0, len(barred), 48)
        ]
        return list(pd.concat(parts)["iauname"])

    assert names(1) == names(1) != names(2)
    assert sorted(names(1)) == sorted(barred["iauname"])


def test_galaxies_without_the_value_come_last(con, fractions):
    order = Order("lowest", "bar_strong")
    everyone = page(
        con,
        fractions,
        Selection(),
        order=order,
        limit=2000,
        columns=["bar_strong_probability"],
    )
    known = everyone["bar_strong_probability"].notna().to_numpy()
    assert len(everyone) == 2000
    assert (np.diff(known.astype(int)) <= 0).all()
    assert known[0] and not known[-1]


def test_every_release_offers_the_orders_it_can_serve(plain, passes, fractions):
    information = {"surest_information", "least_sure_information"}
    ends = ("lowest", "highest")
    measured = ("ra", "dec", "mag_r", "radius_arcsec", "redshift")
    of_measured = {f"{end}_{name}" for name in measured for end in ends}
    of_answers = {
        code for code, kind in KINDS.items() if kind.of in ("tail", "measure")
    }
    every = {"random", "iauname", *ends, *of_measured}
    assert set(orders(fractions)) == every
    assert set(orders(plain)) == every | of_answers - information
    assert set(orders(passes)) == every | of_answers


def test_an_order_names_the_uncertainty_it_sorts_by(plain, passes):
    order = Order("surest_variance", "bar_strong")
    assert order.words(plain) == "most certain: lowest variance of Strong bar first"
    assert order.words(passes).endswith("lowest total variance of Strong bar first")
    words = Order("least_sure_information", "bar_strong").words(passes)
    assert words == "least certain: highest mutual information of Bar first"
    with pytest.raises(MorphError, match="needs an answer"):
        Order("highest")
    with pytest.raises(MorphError, match="expected one of"):
        Order("shiniest")


def test_a_page_may_show_the_chance_of_a_high_vote(con, plain, rows):
    name = "bar_strong_above_0.35"
    found = page(con, plain, Selection(), limit=3000, columns=[name])
    alpha = rows.set_index("iauname").loc[found["iauname"]]
    own = alpha["bar_strong_concentration"].astype(float)
    rest = sum(alpha[f"bar_{a}_concentration"].astype(float) for a in ("weak", "no"))
    np.testing.assert_allclose(found[name], stats.beta.sf(0.35, own, rest), rtol=1e-9)


@pytest.mark.parametrize("name", ['ra" FROM r1 --', "bar_strong", "bar_x_above_0.5"])
def test_only_known_columns_are_shown(con, plain, name):
    with pytest.raises(MorphError):
        page(con, plain, Selection(), columns=[name])


@pytest.mark.parametrize(
    "order",
    [
        Order("surest_variance", "bar_strong"),
        Order("highest", "bar_strong"),
        Order("lowest_mag_r"),
        Order("highest_redshift"),
        Order("highest_tail", "bar_strong", threshold=0.35),
        Order("iauname"),
        Order("random", seed=3),
    ],
    ids=lambda order: order.kind,
)
def test_neighbours_are_the_next_tiles(con, plain, order):
    names = list(page(con, plain, BARRED, order=order, limit=1000)["iauname"])
    for place in (0, 7, len(names) - 1):
        found = neighbours(con, plain, BARRED, names[place], order=order)
        assert (found.rank, found.total) == (place + 1, len(names))
        assert found.previous == (names[place - 1] if place else None)
        assert found.next == (names[place + 1] if place + 1 < len(names) else None)
    assert neighbours(con, plain, BARRED, "J1", order=order) is None


def test_galaxies_without_the_value_are_the_last_neighbours(con, plain, monkeypatch):
    # Nothing is kept of the table as it is.
    monkeypatch.setattr(kept_arrays, "_memory", kept_arrays.Memory())
    sql = f"UPDATE {plain.table} SET mag_r = NULL WHERE rowid % 3 = 0"
    order, cursor = Order("lowest_mag_r"), con.cursor()
    cursor.begin()
    cursor.execute(sql)
    names = list(page(cursor, plain, BARRED, order=order, limit=1000)["iauname"])
    found = [neighbours(cursor, plain, BARRED, name, order=order) for name in names]
    cursor.rollback()
    assert [one.rank for one in found] == list(range(1, len(names) + 1))
    assert [one.next for one in found] == [*names[1:], None]
    assert [one.previous for one in found] == [None, *names[:-1]]


@pytest.mark.parametrize("bins", [1, 24, 50])
def test_histograms_count_everyone_once(con, plain, rows, barred, bins):
    found = histograms(con, plain, BARRED, GZD5.labels, bins=bins)
    assert list(found["label"].unique()) == list(GZD5.labels)
    edges = np.float32(np.arange(bins + 1) / bins)
    for label, part in found.groupby("label", sort=False):
        for column, galaxies in (("whole", rows), ("selected", barred)):
            values = galaxies[f"{label}_probability"]
            assert part[column].sum() == len(galaxies)
            by_hand, _ = np.histogram(values, bins=edges)
            # A value beside an edge may fall on either side of it in four bytes.
            assert np.abs(part[column].to_numpy() - by_hand).sum() <= 4
    assert (found["low"].iloc[0], found["high"].iloc[bins - 1]) == (0, 1)


def test_masked_fractions_are_in_no_histogram(con, fractions):
    found = histograms(con, fractions, Selection(), ["bar_strong"])
    sql = f'SELECT count("bar_strong_probability") FROM {fractions.table}'
    assert found["whole"].sum() == con.execute(sql).fetchall()[0][0] < 2000
    assert found["selected"].equals(found["whole"])


def test_expected_counts_are_sums_along_the_tree(con, plain, rows):
    found = expected_counts(con, plain)
    rho = rows[[f"{label}_probability" for label in GZD5.labels]].to_numpy(float)
    asked = dirichlet.asked_probability(rho, GZD5)
    assert list(found.asked) == [question.name for question in GZD5.questions]
    assert list(found.asked.values()) == pytest.approx(asked.sum(axis=0), rel=1e-6)
    for place, question in enumerate(GZD5.questions):
        answers = [found.answers[label] for label in question.labels]
        assert sum(answers) == pytest.approx(found.asked[question.name], rel=1e-6)
        own = asked[:, [place]] * rho[:, GZD5.columns(question)]
        assert answers == pytest.approx(own.sum(axis=0), rel=1e-6)


def test_lost_galaxies_are_those_of_the_step(con, plain, rows, barred):
    selection = Selection(
        limits=BARRED.limits, certainty=(Surest("variance", "bar_no", 30),)
    )
    found = funnel(con, plain, selection)
    last = lost(con, plain, selection, 3, limit=10_000, columns=["bar_no_variance"])
    assert len(last) == found.rows[3].removed
    limit = np.quantile(barred["bar_no_variance"], 0.3, method="inverted_cdf")
    expected = barred["iauname"][barred["bar_no_variance"] > limit]
    assert set(last["iauname"]) == set(expected)
    first = lost(con, plain, selection, 0, limit=10_000)
    not_featured = rows["iauname"][rows["smooth-or-featured_answer"] != 1]
    assert set(first["iauname"]) == set(not_featured)
    some = lost(con, plain, selection, 0, seed=4)
    assert len(some) == 24
    assert some.equals(lost(con, plain, selection, 0, seed=4))
    with pytest.raises(ValueError, match="step 4"):
        lost(con, plain, selection, 4)


@pytest.mark.parametrize(
    ("selection", "killer", "change"),
    [
        (Selection({"bar_strong": (0.99, 1)}), "Strong bar", "Strong bar ≥"),
        (Selection({"bar_strong": (0.0, 0.001)}), "Strong bar", "Strong bar ≤"),
        (
            Selection({"bar_strong": (0.6, 1), "bar_weak": (0.6, 1)}),
            "Weak bar",
            "Weak bar ≥",
        ),
        (
            Selection({"bar_strong": (0.5, 1), "how-rounded_round": (0.5, 1)}),
            "Smooth",
            "without the filter on Round",
        ),
        (
            Selection({"bar_strong": (0.5, 1)}, rule="asked", asked=0.995),
            "Bar reached",
            "Bar reached ≥",
        ),
        (
            Selection(certainty=(Tail("bar_strong", 0.9, 1),)),
            "P(Strong bar > 0.9)",
            "P(Strong bar > 0.9) ≥",
        ),
        (
            Selection(
                {"bar_strong": (0.99, 1), "bar_weak": (0, 0.9)},
                physical={"mag_r": Limit(30, 31)},
            ),
            "Strong bar",
            "without the filters on Strong bar and r-band magnitude",
        ),
        (
            Selection(physical={"mag_r": Limit(30, 31)}),
            "r-band magnitude",
            "r-band magnitude ≥",
        ),
    ],
)
def test_an_empty_selection_names_its_killer_and_a_way_out(
    con, plain, selection, killer, change
):
    assert count(con, plain, selection) == 0
    found = relaxation(con, plain, selection)
    assert found.step.short == killer
    assert found.change.startswith(change)
    assert found.count == count(con, plain, found.selection) > 0
    assert found.sentence.startswith(
        f"No galaxies are left after the step “{found.step.words}”."
    )


def test_the_nearest_relaxation_is_the_next_round_value(con, plain, rows):
    reached = rows["smooth-or-featured_answer"].eq(1) & rows["disk-edge-on_answer"].eq(
        1
    )
    most = rows["bar_strong_probability"][reached].max()
    found = relaxation(con, plain, Selection({"bar_strong": (0.99, 1)}))
    assert found.nearest.below == most
    low, high = found.selection.limits["bar_strong"]
    assert (low, high) == (np.floor(most * 20) / 20, 1)
    assert found.change == f"Strong bar ≥ {low:.2f}"
    assert f"the highest value is {most:.2f}" in found.sentence


@pytest.mark.parametrize("share", [k / 20 for k in range(1, 20)])
def test_a_stored_value_is_admitted_by_the_limit_it_was_rounded_from(share, tmp_path):
    """One galaxy's fraction is a multiple of 0.05, but for its being in four bytes."""
    fractions = np.full((1, len(GZD5.labels)), np.nan)
    place = GZD5.labels.index("smooth-or-featured_smooth")
    fractions[0, place : place + 3] = share, 1 - share, 0
    galaxies = pd.DataFrame({"iauname": ["J1"], "ra": [1.0], "dec": [2.0]})
    told = {"origin": "real", "survey": "bmz", "title": "", "note": ""}
    write_fractions(tmp_path, "one", galaxies, fractions, **told)
    with connection.connect(tmp_path / "c.duckdb") as con:
        one = load_release(con, tmp_path / "releases" / "one")
        label = GZD5.labels[place]
        for limit in ((share + 0.01, 1), (0, share - 0.01)):
            found = relaxation(con, one, Selection({label: limit}))
            low, high = found.selection.limits[label]
            assert found.count == 1
            assert (low, high) == ((share, 1) if limit[1] == 1 else (0, share))


@pytest.mark.parametrize("value", [0.07, 0.57, 1.15, 17.8, 0.285, 17.805, 2.675])
def test_a_measured_value_is_rounded_by_hundredths(con, plain, value):
    (killer,) = steps(Selection(physical={"mag_r": Limit(0, 1)}), plain)
    hundredths = [k / 100 for k in range(2000)]
    below = max(one for one in hundredths if one <= value)
    above = min(one for one in hundredths if one >= value)
    assert _round(value, killer, down=True) == below
    assert _round(value, killer, down=False) == above


def test_there_is_nothing_to_relax_while_galaxies_are_left(con, plain):
    assert relaxation(con, plain, BARRED) is None
    assert relaxation(con, plain, Selection()) is None


def test_a_galaxy_is_all_that_is_known_of_it(con, plain, rows, releases_folder):
    row = rows.iloc[17]
    folder = releases_folder / "plain"
    found = galaxy(con, plain, row["iauname"], folder=folder)
    assert (found.ra, found.dec) == (row["ra"], row["dec"])
    assert found.source_id == row["source_id"]
    assert found.physical["mag_r"] == row["mag_r"]
    labels = [answer.label for q in found.questions for answer in q.answers]
    assert labels == list(GZD5.labels)
    bar = found.questions[3]
    assert (bar.question.name, bar.asked) == ("bar", row["bar_asked"])
    assert bar.largest == bar.question.labels[row["bar_answer"]]
    assert bar.measures == {"concentration": row["bar_total"], "information": None}
    alpha = [row[f"{label}_concentration"] for label in bar.question.labels]
    for answer, own in zip(bar.answers, alpha, strict=True):
        lower, upper = stats.beta.interval(0.9, own, sum(alpha) - own)
        assert (answer.lower, answer.upper) == pytest.approx((lower, upper), rel=1e-6)
    votes = pd.read_parquet(releases_folder / "plain" / "votes.parquet")
    voted = votes.iloc[0]
    found = galaxy(con, plain, voted["iauname"], folder=folder)
    given = {a.label: a.votes for q in found.questions for a in q.answers}
    assert found.has_votes
    assert given == voted.drop("iauname").to_dict()


def test_every_spread_of_several_passes_is_that_of_their_mixture(
    con, passes, releases_folder
):
    """Against draws: a third of them from each pass."""
    folder = releases_folder / "passes"
    name = page(con, passes, Selection(), limit=1)["iauname"].iloc[0]
    found = galaxy(con, passes, name, folder=folder)
    assert found.passes == passes.passes == 3
    samples = pd.read_parquet(folder / "samples.parquet").query("iauname == @name")
    rng = np.random.default_rng(4)
    for posterior in found.questions:
        columns = [f"{label}_concentration" for label in posterior.question.labels]
        drawn = np.vstack([rng.dirichlet(a, 40_000) for a in samples[columns].values])
        ends_of_bar = borders(posterior.passes, 0.9)
        lines = zip(ends_of_bar, drawn.cumsum(axis=1).T, strict=False)
        ends = [(a.lower, a.upper) for a in posterior.answers]
        for (low, high), own in [*zip(ends, drawn.T, strict=True), *lines]:
            assert (own < low).mean() == pytest.approx(0.05, abs=0.005)
            assert (own > high).mean() == pytest.approx(0.05, abs=0.005)
        for answer, own in zip(posterior.answers, drawn.T, strict=True):
            assert answer.variance == pytest.approx(own.var(), rel=0.03)


def test_passes_whose_file_is_gone_are_asked_for(con, passes, tmp_path):
    name = page(con, passes, Selection(), limit=1)["iauname"].iloc[0]
    with pytest.raises(DamagedRelease, match=r"passes of .* are missing: restore"):
        galaxy(con, passes, name, folder=tmp_path)


def test_what_is_not_known_of_a_galaxy_is_none(con, passes, fractions, releases_folder):
    name = page(
        con, fractions, Selection(), order=Order("lowest", "bar_no"), limit=2000
    )
    folder = releases_folder / "fractions"
    found = galaxy(con, fractions, name["iauname"].iloc[-1], folder=folder)
    bar = found.questions[3]
    assert bar.largest is None
    assert {(a.probability, a.variance, a.lower) for a in bar.answers} == {(None,) * 3}
    assert not found.has_votes
    name = page(con, passes, Selection(), limit=1)["iauname"].iloc[0]
    found = galaxy(con, passes, name, folder=releases_folder / "passes")
    assert found.questions[3].measures["information"] >= 0


def test_an_unknown_galaxy_names_similar_ones(con, plain, rows, tmp_path):
    name = rows["iauname"].iloc[3]
    with pytest.raises(MorphError, match=rf"no galaxy.*{name[:10]}"):
        galaxy(con, plain, f"{name}9", folder=tmp_path)
    with pytest.raises(MorphError, match="no galaxy called"):
        galaxy(con, plain, "'; DROP TABLE r1; --", folder=tmp_path)


def test_a_release_has_the_galaxies_called_so_and_no_others(
    con, plain, fractions, rows
):
    name = rows["iauname"][17]
    assert rows_of(con, plain, [name]) == {name: 17}
    assert rows_of(con, plain, [name[:-1], name.lower()]) == {}
    others = set(page(con, fractions, Selection(), limit=5000)["iauname"])
    assert bool(rows_of(con, fractions, [name])) == (name in others)


def test_names_and_own_identifiers_are_found(con, plain, rows):
    row = rows.iloc[5]
    for text in (row["iauname"], row["iauname"].lower(), f" {row['source_id']} "):
        assert find(con, plain, text).matches["iauname"].tolist() == [row["iauname"]]
    beginning = find(con, plain, row["iauname"][:7]).matches["iauname"]
    assert beginning.str.startswith(row["iauname"][:7]).all()
    assert len(beginning) >= 1
    assert row["iauname"] in find(con, plain, row["iauname"] + "0").suggestions
    assert find(con, plain, "%").matches.empty
    assert find(con, plain, "%").suggestions == ()


@pytest.mark.parametrize("radius_arcsec", [60, 3600, 36_000, 648_000])
def test_a_cone_holds_whatever_is_near_enough(con, plain, rows, radius_arcsec):
    ra, dec = rows["ra"].iloc[100] + 0.001, rows["dec"].iloc[100]
    away = separation_arcsec(rows["ra"], rows["dec"], from_ra=ra, from_dec=dec)
    found = cone(con, plain, ra, dec, radius_arcsec)
    expected = rows["iauname"][away <= radius_arcsec]
    assert set(found["iauname"]) == set(expected)
    assert found["separation_arcsec"].is_monotonic_increasing


@pytest.mark.parametrize(("ra", "dec"), [(180.0, 50.0), (0.0, -80.0), (359.99, 89.9)])
def test_the_nearest_are_the_nearest_by_hand(con, plain, rows, ra, dec):
    away = separation_arcsec(rows["ra"], rows["dec"], from_ra=ra, from_dec=dec)
    expected = rows["iauname"].to_numpy()[np.argsort(away)[:3]]
    assert list(nearest(con, plain, ra, dec, limit=3)["iauname"]) == list(expected)
