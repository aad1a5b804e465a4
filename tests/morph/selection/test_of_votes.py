"""Selections of a release of posteriors of votes, and programs that make them again."""

from __future__ import annotations  # see tests/morph/conftest.py

import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from morph.analysis.agreement import agreement
from morph.catalogue import connection
from morph.catalogue.loading import load_release
from morph.catalogue.release_table import LoadedRelease, query
from morph.export.code import code
from morph.export.paper_text import paragraph
from morph.home import catalogue_path
from morph.posterior.vote_fractions import concentrations_of_votes
from morph.posterior.vote_priors import PRIORS
from morph.release.details import Details
from morph.release.folder import Manifest, posterior_columns, write_release
from morph.selection.certainty.certainty import Spread, Surest, Tail
from morph.selection.conditions import where
from morph.selection.funnel import funnel
from morph.selection.relaxation import relaxation
from morph.selection.selection import Selection
from morph.sky import iauname_from_position
from morph.trees.decision_tree import GZD5

GALAXIES = 200
LABELS = list(GZD5.labels)
BAR = GZD5.columns(GZD5.question("bar"))
STRONG = {"bar_strong": (0.5, 1.0)}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def counts() -> np.ndarray:
    """Votes (N, L): mostly for disks seen face-on; no galaxy has votes on merging."""
    rng = np.random.default_rng(13)
    votes = rng.integers(0, 7, (GALAXIES, 34))
    votes[: GALAXIES // 2, [1, 4]] += 30
    votes[rng.random(GALAXIES) < 0.3, BAR] = 0
    votes[:, GZD5.columns(GZD5.question("merging"))] = 0
    return votes


@pytest.fixture(scope="module")
def con(home, counts) -> Iterator[DuckDBPyConnection]:
    rng = np.random.default_rng(14)
    ra, dec = rng.uniform(120, 240, GALAXIES), rng.uniform(0, 30, GALAXIES)
    galaxies = pd.DataFrame(
        {"iauname": iauname_from_position(ra, dec), "ra": ra, "dec": dec}
    )
    votes = pd.DataFrame(counts, columns=LABELS)
    votes.insert(0, "iauname", galaxies["iauname"])
    with connection.connect(catalogue_path(home)) as con:
        for name, prior in PRIORS.items():
            alpha = concentrations_of_votes(counts, GZD5, prior)
            columns = posterior_columns(GZD5, "concentration")
            posteriors = pd.DataFrame(alpha, columns=columns)
            posteriors.insert(0, "iauname", galaxies["iauname"])
            details = Details(source={"file": "votes.csv"}, prior=prior.to_json())
            manifest = Manifest(name, "real", "decals", "", "", "", details=details)
            folder = home / "releases" / name
            write_release(folder, manifest, galaxies, posteriors, votes=votes)
            load_release(con, folder)
        yield con


@pytest.fixture(scope="module", params=PRIORS)
def release(con, home, request) -> LoadedRelease:
    return load_release(con, home / "releases" / request.param)


def names(con, release, selection) -> set[str]:
    condition, parameters = where(selection, release)
    sql = f"SELECT iauname FROM {release.table} WHERE {condition}"
    return {name for (name,) in query(con, release, sql, parameters).fetchall()}


def galaxies_of(home, release) -> pd.DataFrame:
    """Votes of the release's galaxies by name."""
    path = home / "releases" / release.release_id / "votes.parquet"
    return pd.read_parquet(path).set_index("iauname")


@pytest.mark.parametrize("least", [0, 1, 5, 9])
def test_a_cut_is_of_counts_and_prior_where_there_are_enough_votes(
    con, home, release, least
):
    votes = galaxies_of(home, release)[list(GZD5.question("bar").labels)]
    a, total = PRIORS[release.release_id].per_answer, votes.sum(axis=1)
    mean = (votes["bar_strong"] + a) / (total + 3 * a)
    kept = np.float32(mean) >= np.float32(0.5)
    kept &= total >= max(least, 1)  # without votes it is unknown
    selection = Selection(STRONG, rule="off", least_votes=least)
    assert names(con, release, selection) == set(votes.index[kept])
    assert 0 < kept.sum() < (total > 0).sum()


def test_a_tail_is_that_of_the_beta_of_counts_and_prior(con, home, release):
    """Concentrations below 1, as of Jeffreys' prior, are outside the table."""
    votes = galaxies_of(home, release)[list(GZD5.question("bar").labels)]
    a, total = PRIORS[release.release_id].per_answer, votes.sum(axis=1)
    own = votes["bar_strong"] + a
    tail = stats.beta.sf(0.3, own, total + 3 * a - own)
    selection = Selection(
        certainty=(Tail("bar_strong", 0.3, 0.8),), rule="off", least_votes=3
    )
    expected = set(votes.index[(tail >= 0.8) & (total >= 3)])
    assert names(con, release, selection) == expected and expected


def test_a_question_without_votes_has_no_fractions(con, release, counts):
    rows = con.execute(f"SELECT * FROM {release.table}").df()
    unvoted = rows["bar_votes"] == 0
    assert unvoted.sum() == (counts[:, BAR].sum(axis=1) == 0).sum() > 0
    for column in ("bar_strong_probability", "bar_strong_variance", "bar_answer"):
        assert (rows[column].isna() == unvoted).all()
    assert rows["merging_none_probability"].isna().all()
    # Its posterior is the prior.
    prior = PRIORS[release.release_id].per_answer
    assert (rows["merging_none_concentration"] == prior).all()
    found = agreement(con, release, release, Selection())
    found = found.questions.set_index("question")
    assert found.loc["merging", "galaxies"] == 0 < found.loc["bar", "galaxies"]


LABEL = st.sampled_from(LABELS)
SELECTIONS = st.builds(
    Selection,
    limits=st.dictionaries(
        LABEL, st.sampled_from([(0.0, 0.4), (0.3, 1.0)]), max_size=2
    ),
    rule=st.sampled_from(["largest", "asked", "off"]),
    asked=st.sampled_from([0.1, 0.5]),
    least_votes=st.sampled_from([0, 1, 4]),
    certainty=st.lists(
        st.builds(Tail, LABEL, st.just(0.3), st.sampled_from([0.2, 0.7]))
        | st.builds(Spread, LABEL, st.sampled_from([0.1, 0.2]))
        | st.builds(Surest, st.sampled_from(["variance", "concentration"]), LABEL),
        max_size=3,
    ).map(tuple),
)


def test_a_program_finds_the_same_galaxies(con, home, release, tmp_path):
    @settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(SELECTIONS)
    @example(Selection(STRONG, least_votes=4))
    @example(Selection({"merging_none": (0.1, 1)}, rule="off"))
    def finds_the_same(selection):
        path = tmp_path / "program.py"
        path.write_text(code(release, selection, "pandas"), encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(home / "releases")
            ran = runpy.run_path(str(path))
        ran["con"].close()
        assert set(ran["selected"]["iauname"]) == names(con, release, selection)

    finds_the_same()


def test_an_empty_selection_is_relaxed_to_the_most_votes(con, release, counts):
    most = int(counts[:, BAR].sum(axis=1).max())
    selection = Selection({"bar_no": (0, 0.99)}, rule="off", least_votes=most + 5)
    found = relaxation(con, release, selection)
    assert f"the highest value is {most}." in found.sentence
    assert found.change == f"votes on Bar ≥ {most}"
    assert found.selection.least_votes == most and found.count > 0


def test_the_text_for_a_paper_names_the_prior_and_the_votes(con, release):
    selection = Selection(STRONG, least_votes=4)
    text = paragraph(release, selection, funnel(con, release, selection))
    prior = PRIORS[release.release_id].words
    assert f"counts of volunteers' votes plus the prior ({prior})" in text
    assert "model predicts" not in text
    assert "at least 4 votes on Bar (" in text
    assert "least_votes=4" in text
