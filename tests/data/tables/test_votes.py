"""Reading votes: what is accepted, corrected and refused."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.tables.votes import read_votes
from morph.errors import UnreadableTable
from morph.posterior.vote_fractions import total_votes, vote_fractions
from morph.trees.decision_tree import GZD5
from tests.trees import GZ2

REAL_VOTES = Path(__file__).parents[4] / "shared" / "real" / "votes"
LABELS = list(GZD5.labels)
FIRST = LABELS[:3]


def table(rows: int = 3, **columns) -> pd.DataFrame:
    """Votes on all questions: row i has i + j votes for answer j."""
    counts = np.arange(rows)[:, None] + np.arange(len(LABELS))
    votes = pd.DataFrame(counts, columns=LABELS)
    votes.insert(0, "source_id", np.arange(100, 100 + rows))
    votes.insert(1, "iauname", [f"J00000{i}.00+000000.0" for i in range(rows)])
    votes.insert(2, "ra", np.arange(rows) / 240)
    votes.insert(3, "dec", 0.0)
    return votes.assign(**columns)


def read(given: pd.DataFrame, tree=GZD5):
    """Read a table as files give it: with names and positions, and "" for no text."""
    given = given.reindex(columns=[*dict.fromkeys(["iauname", "ra", "dec", *given])])
    texts = {
        c: given[c].map(lambda value: "" if pd.isna(value) else str(value))
        for c in ("iauname", "source_id")
        if c in given
    }
    return read_votes(given.assign(**texts), tree)


def test_a_clean_table_comes_back_as_it_was():
    given = table()
    votes, report = read(given)
    assert list(votes.columns) == ["iauname", "source_id", "ra", "dec", *LABELS]
    np.testing.assert_array_equal(votes[LABELS], given[LABELS])
    assert (votes[LABELS].dtypes == np.int64).all()
    assert votes["source_id"].tolist() == ["100", "101", "102"]
    assert (report.rows, report.galaxies, report.summed) == (3, 3, 0)
    assert report.votes == given[LABELS].to_numpy().sum()
    assert report.sentences() == [f"3 galaxies with {report.votes:,} votes"]


def test_the_given_table_is_not_changed():
    given = table(iauname=["", "a", "b"])
    before = given.copy()
    read_votes(given, GZD5)
    pd.testing.assert_frame_equal(given, before)


def test_the_report_can_be_written_as_json():
    _, report = read(table())
    assert json.loads(json.dumps(asdict(report)))["galaxies"] == 3


def test_totals_that_differ_from_the_sum_are_counted():
    given = table().assign(**{"merging_total-votes": 0})
    given["bar_total-votes"] = given[["bar_strong", "bar_weak", "bar_no"]].sum(axis=1)
    votes, report = read(given)
    np.testing.assert_array_equal(votes[LABELS], table()[LABELS])
    assert report.totals_disagree == 3  # merging's, not the bar's
    assert "3 rows have totals that differ from the sum; sum used" in report.sentences()


def test_whole_numbers_may_be_floats():
    given = table().astype(dict.fromkeys(FIRST, float))
    votes, _ = read(given)
    np.testing.assert_array_equal(votes[LABELS], table()[LABELS])


def test_the_same_galaxy_under_two_subjects_is_summed():
    names = ["J000000.00+000000.0", "J000001.00+000000.0", "J000000.00+000000.0"]
    given = table(iauname=names, ra=[np.nan, 1.0, 0.5], dec=[np.nan, 0.0, 0.0])
    votes, report = read(given)
    assert votes["iauname"].tolist() == names[:2]
    assert votes["source_id"].tolist() == ["100|102", "101"]
    expected = given[LABELS].iloc[0] + given[LABELS].iloc[2]
    np.testing.assert_array_equal(votes[LABELS].iloc[0], expected)
    assert votes["ra"].tolist() == [0.5, 1.0]
    assert (report.rows, report.galaxies, report.summed) == (3, 2, 1)
    assert report.votes == given[LABELS].to_numpy().sum()


def test_the_same_subject_twice_is_refused():
    with pytest.raises(UnreadableTable, match=r"1 rows repeat the source_id.*100"):
        read(table(source_id=[100, 101, 100]))


def test_a_name_twice_without_subjects_is_refused():
    given = table(iauname=["J1", "J1", "J2"]).drop(columns="source_id")
    with pytest.raises(UnreadableTable, match="1 rows repeat the iauname"):
        read(given)


def test_rows_without_a_position_stay_under_their_own_id():
    given = table(iauname=[None, "J000001.00+000000.0", np.nan])
    given.loc[[0, 2], ["ra", "dec"]] = np.nan
    votes, report = read(given)
    assert votes["iauname"].tolist() == ["100", "J000001.00+000000.0", "102"]
    assert votes["ra"].isna().tolist() == [True, False, True]
    assert report.without_position == 2
    assert "2 galaxies have no position; identified by id" in report.sentences()


def test_rows_without_a_name_are_named_by_their_position():
    given = table(ra=[10.0, 20.0, 10.0], dec=[1.0, 2.0, 1.0]).drop(columns="iauname")
    votes, report = read(given)
    assert votes["iauname"].tolist() == ["J004000.00+010000.0", "J012000.00+020000.0"]
    assert (report.named_from_position, report.summed) == (3, 1)


def test_positions_alone_are_enough_and_leave_no_source_id():
    given = table().drop(columns=["iauname", "source_id"])
    votes, _ = read(given)
    assert len(votes) == 3
    assert votes["source_id"].isna().all()


def test_a_row_without_any_key_is_refused():
    given = table(iauname=["J1", None, "J3"], ra=np.nan).drop(columns="source_id")
    with pytest.raises(UnreadableTable, match=r"1 rows have neither.*first: row 2"):
        read(given)


def test_questions_that_are_not_in_the_table_have_no_votes():
    given = table()[["source_id", *FIRST]]
    votes, report = read(given)
    assert (votes[LABELS[3:]] == 0).all(axis=None)
    assert report.absent_questions == tuple(q.name for q in GZD5.questions[1:])


def test_an_empty_question_of_one_galaxy_has_no_votes():
    given = table().astype(dict.fromkeys(LABELS, float))
    given.loc[1, ["bar_strong", "bar_weak", "bar_no"]] = np.nan
    votes, report = read(given)
    assert (votes.loc[1, ["bar_strong", "bar_weak", "bar_no"]] == 0).all()
    assert report.blank == 1


def test_galaxies_nobody_looked_at_are_counted():
    given = table()
    given.loc[2, LABELS] = 0
    assert read(given)[1].without_votes == 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "1 counts are not whole numbers.*-1.* in column 'bar_weak', row 2"),
        (2.5, "1 counts are not whole numbers.*2.5 in column 'bar_weak', row 2"),
        (np.inf, "1 counts are not whole numbers.*inf"),
        (1e300, "1 counts are not whole numbers"),
        (np.nan, "1 counts are empty while other answers of the question are not"),
    ],
)
def test_counts_that_cannot_be_votes_are_refused(value, message):
    given = table().astype({"bar_weak": float})
    given.loc[1, "bar_weak"] = value
    with pytest.raises(UnreadableTable, match=message):
        read(given)


def test_a_question_with_an_answer_missing_is_refused():
    with pytest.raises(UnreadableTable, match="'bar' lack bar_weak"):
        read(table().drop(columns="bar_weak"))


def test_a_table_without_votes_is_refused():
    with pytest.raises(UnreadableTable, match="no columns of votes"):
        read(table()[["iauname", "ra", "dec"]])


def test_fractions_are_shares_of_the_volunteers_who_answered():
    votes = np.zeros((2, 34), dtype=int)
    votes[0, :3] = 6, 3, 1
    fractions = vote_fractions(votes, GZD5)
    np.testing.assert_allclose(fractions[0, :3], [0.6, 0.3, 0.1])
    assert np.isnan(fractions[0, 3:]).all()
    assert np.isnan(fractions[1]).all()
    assert total_votes(votes, GZD5)[:, 0].tolist() == [10, 0]


def test_votes_on_another_campaigns_tree_are_read_alike():
    given = pd.DataFrame([range(37)], columns=list(GZ2.labels))
    votes, report = read(given.assign(source_id=1), GZ2)
    assert votes[list(GZ2.labels)].iloc[0].tolist() == list(range(37))
    assert report.votes == sum(range(37))


def test_fractions_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 3\); expected \(N, 34\)"):
        vote_fractions(np.ones((2, 3)), GZD5)


def read_real(name: str) -> pd.DataFrame:
    path = REAL_VOTES / name
    if not path.is_file():
        pytest.skip(f"real data is not on this machine ({path})")
    return pd.read_csv(path).rename(columns={"subject_id": "source_id"})


def test_the_real_table_of_the_first_question():
    given = read_real("gzd5_first_question.csv")
    votes, report = read(given)
    assert (report.rows, report.galaxies, report.summed) == (7884, 7828, 56)
    assert report.totals_disagree == 0
    assert len(report.absent_questions) == 9
    assert report.votes == given["smooth-or-featured_total-votes"].sum()
    assert votes["iauname"].is_unique


def test_the_real_table_of_the_full_tree():
    given = read_real("gzd5_full_tree.csv")
    votes, report = read(given)
    assert (report.rows, report.galaxies, report.without_position) == (1089, 1089, 129)
    assert report.totals_disagree == 0
    np.testing.assert_array_equal(votes[LABELS], given[LABELS])
