"""Volunteers' votes, campaign 5 and the older tree, as posteriors with their counts."""

import numpy as np
import pandas as pd
import pytest

from data.tables.galaxies import Choices
from data.tables.read import read_published
from morph.errors import UnreadableTable
from morph.tables import open_table
from morph.trees.decision_tree import GZD5
from tests.trees import GZ2

LABELS = list(GZD5.labels)
ALPHAS = [f"{label}_concentration" for label in LABELS]


@pytest.mark.parametrize("total", ["_total-votes", "_total"])
@pytest.mark.parametrize("name", ["votes.csv", "votes.parquet"])
def test_votes_become_posteriors_with_the_counts_beside_them(name, total, votes, read):
    table = votes.rename(columns=lambda c: c.replace("_total-votes", total))
    reading = read(table, name)
    assert reading.posterior == "concentration" and reading.prior.name == "uniform"
    assert "prior (uniform, 1 per answer)" in reading.note
    assert "no model" in reading.note and "Walmsley et al. 2022" in reading.citation
    assert reading.votes["iauname"].tolist() == reading.posteriors["iauname"].tolist()
    np.testing.assert_array_equal(reading.votes[LABELS], votes[LABELS])
    np.testing.assert_array_equal(reading.posteriors[ALPHAS], votes[LABELS] + 1)
    assert (reading.posteriors.loc[0, ALPHAS] == 1).all()  # nobody was asked


def test_a_question_with_far_fewer_votes_than_lead_to_it_is_warned_of(votes, read):
    """An older merging question, whose answers do not correspond: all are 0."""
    assert "warning" not in read(votes, "all.csv").report
    merging = [label for label in LABELS if label.startswith("merging")]
    reading = read(votes.assign(**dict.fromkeys(merging, 0)), "older.csv")
    leading = votes[LABELS[:2]].to_numpy().sum()  # smooth, featured
    assert f"merging has 0 votes, and {leading:,}" in reading.report["warning"]
    without = votes.drop(columns=[name for name in votes if "merging" in name])
    absent = read(without, "absent.csv").report
    assert "warning" not in absent and "not in the table" in absent["votes"]


def test_another_prior_is_chosen_by_name(votes, tmp_path):
    votes.to_csv(tmp_path / "votes.csv", index=False)
    with open_table(tmp_path / "votes.csv") as opened:
        reading = read_published(opened, GZD5, Choices(prior="jeffreys"))
    np.testing.assert_array_equal(reading.posteriors[ALPHAS], votes[LABELS] + 0.5)
    assert "prior (jeffreys, 0.5 per answer)" in reading.note


def test_a_prior_of_what_is_not_votes_is_refused(concentrations, tmp_path):
    concentrations.to_csv(tmp_path / "table.csv", index=False)
    with (
        open_table(tmp_path / "table.csv") as opened,
        pytest.raises(UnreadableTable, match="--prior is for tables of votes"),
    ):
        read_published(opened, GZD5, Choices(prior="jeffreys"))


def test_two_subjects_of_one_galaxy_are_one_galaxy(votes, read):
    table = pd.concat([votes, votes.iloc[[3]]], ignore_index=True)
    table.insert(0, "subject_id", range(100, 109))
    reading = read(table.assign(mag_r=np.arange(14.0, 23.0)))
    assert len(reading.galaxies) == 8
    assert reading.galaxies["source_id"][3] == "103|108"
    assert reading.galaxies["mag_r"].tolist() == [14, 15, 16, 17, 18, 19, 20, 21]
    counts = reading.votes.set_index("iauname").loc[votes["iauname"][3], LABELS]
    assert counts.tolist() == (2 * votes.loc[3, LABELS]).tolist()
    assert "several subjects" in reading.report["votes"]


def test_subjects_without_position_stay_under_their_own_id(votes, read):
    table = votes.assign(subject_id=range(100, 108)).astype({"iauname": object})
    table.loc[2, ["iauname", "ra", "dec"]] = [None, np.nan, np.nan]
    galaxies = read(table).galaxies
    assert galaxies.loc[2, ["iauname", "source_id"]].tolist() == ["102", "102"]
    assert np.isnan(galaxies.loc[2, "ra"]) and galaxies.loc[2, "position_from"] == ""


def test_votes_on_the_first_question_only_leave_the_prior_of_the_others(votes, read):
    first = [c for c in votes if c.startswith("smooth-or-featured")]
    reading = read(votes[["iauname", *first]])
    assert (reading.posteriors[ALPHAS[3:]] == 1).all(axis=None)
    assert (reading.votes[LABELS[3:]] == 0).all(axis=None)
    assert "bar" in reading.report["votes"]


def test_the_same_subject_twice_is_refused_with_the_tables_name(votes, refusal):
    table = pd.concat([votes, votes.iloc[[3]]]).assign(subject_id=5)
    assert refusal(table).startswith("table.csv: ")


def test_a_fraction_of_a_vote_is_refused(votes, refusal):
    votes["bar_no"] = votes["bar_no"] + 0.5
    assert "whole numbers" in refusal(votes)


@pytest.mark.parametrize("ra", [400.0, -181.0])
def test_a_position_off_the_sky_is_refused(ra, votes, refusal):
    votes.loc[0, "ra"] = ra
    assert "1 positions out of range (first: row 1" in refusal(votes)


def test_half_a_position_is_none_and_the_name_gives_it(votes, read):
    votes.loc[0, "dec"] = np.nan
    galaxies = read(votes).galaxies
    assert galaxies["position_from"].tolist() == ["name", *["table"] * 7]
    np.testing.assert_allclose(galaxies["ra"], votes["ra"], atol=1e-4)


def test_counts_and_columns_must_be_numbers_and_rows(votes, refusal):
    assert "no rows" in refusal(votes.iloc[:0])
    refused = refusal(votes.astype(object).assign(bar_weak="many"))
    assert "'many' in row 1" in refused


@pytest.fixture
def older(votes):
    """Campaigns 1 and 2: other bars, bulges and mergers; no "can't tell"."""
    changed = ("bar", "bulge-size", "merging")
    table = votes.drop(columns=[c for c in votes if c.split("_")[0] in changed])
    table = table.drop(columns=[c for c in table if "cant-tell" in c])
    arms = [a for a in GZD5.question("spiral-arm-count").labels if "cant" not in a]
    table["spiral-arm-count_total-votes"] = table[arms].sum(axis=1)
    for question, answers in (
        ("bar", ("yes", "no")),
        ("bulge-size", ("dominant", "obvious", "none")),
        ("merging", ("neither", "tidal-debris", "both", "merger")),
    ):
        table[f"{question}_total-votes"] = 3 * len(answers)
        for answer in answers:
            table[f"{question}_{answer}"] = 3
    rounder = ("how-rounded_round", "how-rounded_completely")
    return table.rename(columns=lambda c: c.replace(*rounder))


def test_of_the_older_tree_only_the_same_questions_are_taken(older, votes, read):
    reading = read(older)
    for name in ("bar", "bulge-size", "merging"):
        labels = list(GZD5.question(name).labels)
        assert (reading.votes[labels] == 0).all(axis=None)
        alphas = reading.posteriors[[f"{label}_concentration" for label in labels]]
        assert (alphas == 1).all(axis=None)
    rounded = list(GZD5.question("how-rounded").labels)
    np.testing.assert_array_equal(reading.votes[rounded], votes[rounded])
    arms = list(GZD5.question("spiral-arm-count").labels)
    np.testing.assert_array_equal(reading.votes[arms[:-1]], votes[arms[:-1]])
    assert (reading.votes[arms[-1]] == 0).all()
    for said in ("bar (yes or no)", "bulge size", "merging", "can't tell"):
        assert said in reading.note


def test_another_tree_keeps_answers_that_are_named_as_those_of_older_campaigns(
    votes, tmp_path
):
    """Galaxy Zoo 2 has ``bar_yes`` too, and all of its votes are wanted."""
    rng, table = np.random.default_rng(3), votes[["iauname", "ra", "dec"]].copy()
    for question in GZ2.questions:
        counts = rng.integers(1, 9, (len(table), len(question.labels)))
        table[f"{question.name}_total-votes"] = counts.sum(axis=1)
        table[list(question.labels)] = counts
    table.to_csv(tmp_path / "gz2.csv", index=False)
    with open_table(tmp_path / "gz2.csv") as opened:
        reading = read_published(opened, GZ2)
    labels = list(GZ2.labels)
    np.testing.assert_array_equal(reading.votes[labels], table[labels])
    assert "Campaigns 1 and 2" not in reading.note
