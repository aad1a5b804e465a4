"""What the numbers of a table are, by what they can be."""

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table as AstropyTable

from data.tables.galaxies import Choices
from data.tables.read import read_published
from morph.errors import UnreadableTable
from morph.tables import open_table
from morph.trees.decision_tree import GZD5

LABELS = list(GZD5.labels)
RNG = np.random.default_rng(8)


def fractions(rows: int = 12) -> np.ndarray:
    parts = [
        RNG.dirichlet(np.ones(len(q.answers)), rows).round(4) for q in GZD5.questions
    ]
    return np.hstack(parts)


def votes(rows: int = 12) -> np.ndarray:
    return RNG.integers(0, 20, (rows, 34)).astype(float)


def halves(rows: int = 12) -> np.ndarray:
    """Votes, some of which count half."""
    return np.where(RNG.random((rows, 34)) < 0.05, 1.5, votes(rows))


def some_sum_to_1(rows: int = 12) -> np.ndarray:
    values = 1 + 30 * RNG.random((rows, 34))
    values[:, :3] = fractions(rows)[:, :3]
    return values


def leaves(rows: int = 12) -> np.ndarray:
    """Fractions of all galaxies, not of those asked."""
    values = fractions(rows)
    values[:, 3:] *= 0.4
    return values


def one_question_of_votes(rows: int = 12) -> np.ndarray:
    values = 1 + 30 * RNG.random((rows, 34))
    values[:, 3:5] = 1 + votes(rows)[:, 3:5]
    return values


def one_vote_each(rows: int = 12) -> np.ndarray:
    parts = [np.eye(len(q.answers))[RNG.integers(0, 2, rows)] for q in GZD5.questions]
    return np.hstack(parts)


@pytest.fixture
def named(concentrations, tmp_path):
    """Read numbers in columns of answers, with what the user says they are."""

    def read(values, *, suffix="", said=""):
        who = concentrations[["iauname", "ra", "dec"]]
        table = pd.DataFrame(values, columns=[f"{n}{suffix}" for n in LABELS])
        path = tmp_path / "table.csv"
        pd.concat([who, table], axis=1).to_csv(path, index=False)
        with open_table(path) as opened:
            return read_published(opened, GZD5, Choices(values=said))

    return read


def test_numbers_that_sum_to_1_are_fractions(named):
    values = fractions()
    reading = named(values)
    assert reading.posterior == "fraction" and reading.votes is None
    assert reading.report["values"] == "read as fractions"
    np.testing.assert_allclose(reading.posteriors[LABELS_F], values)


LABELS_F = [f"{label}_fraction" for label in LABELS]


def test_questions_that_nobody_was_asked_do_not_hide_fractions(named):
    values = fractions()
    values[2:5, 3:5] = np.nan
    assert named(values).posterior == "fraction"


def test_whole_numbers_are_votes(named):
    values = votes()
    reading = named(values)
    assert reading.prior.name == "uniform" and reading.title == "Table of votes"
    assert reading.licence == "" and "cite its source" in reading.citation
    np.testing.assert_array_equal(reading.votes[LABELS], values)


def test_other_positive_numbers_are_concentrations(named):
    reading = named(1 + 100 * RNG.random((12, 34)))
    assert reading.posterior == "concentration" and "values" not in reading.report


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (halves, "whole numbers in 9"),
        (some_sum_to_1, "questions whose numbers sum to 1, and others"),
        (leaves, "numbers from 0 to 1 that do not sum to 1"),
        (one_vote_each, "numbers that sum to 1 in every question"),
        (lambda: 100 * fractions(), "sum to 100"),
        (lambda: (100 * fractions()).round(), "sum to 100 in every question"),
        (one_question_of_votes, "whole numbers in some questions"),
    ],
    ids=["halves", "some", "leaves", "one-vote", "per-cent", "rounded", "one"],
)
def test_numbers_in_doubt_are_refused_with_what_to_do(make, words, named):
    with pytest.raises(UnreadableTable, match=words) as refused:
        named(make())
    assert "--as fractions, --as concentrations or --as votes" in str(refused.value)


def test_fractions_called_concentrations_are_refused(named):
    with pytest.raises(UnreadableTable, match="columns called <label>_concentration"):
        named(fractions() + 1e-6, suffix="_concentration")


def test_fractions_of_one_question_among_concentrations_are_refused(named):
    with pytest.raises(UnreadableTable, match="and others whose numbers do not"):
        named(some_sum_to_1(), suffix="_concentration")


def test_a_concentration_without_bounds_is_refused(named):
    values = 1 + 30 * RNG.random((12, 34))
    values[4, 7] = 1e20
    with pytest.raises(UnreadableTable, match=r"not positive numbers \(first: 1e\+20"):
        named(values, suffix="_concentration")


def test_whole_numbers_called_concentrations_are_concentrations(named):
    reading = named(votes() + 1, suffix="_concentration")
    assert reading.posterior == "concentration"


def test_what_is_said_holds(named):
    values = one_vote_each()
    said = {one: named(values, said=one) for one in ("fractions", "votes")}
    assert said["fractions"].votes is None
    np.testing.assert_array_equal(said["fractions"].posteriors[LABELS_F], values)
    np.testing.assert_array_equal(said["votes"].votes[LABELS], values)
    alpha = votes() + 1
    reading = named(alpha, said="concentrations")
    assert reading.posterior == "concentration"
    assert reading.report["values"] == "read as concentrations"
    reading = named(leaves() + 0.01, said="concentrations")
    assert reading.posterior == "concentration"
    reading = named(alpha, suffix="_fraction", said="concentrations")
    assert reading.posterior == "concentration"


@pytest.mark.parametrize(
    ("values", "said", "words"),
    [
        (fractions(), "votes", "whole numbers"),
        (votes() + 1, "fractions", "outside 0 to 1"),
        (votes(), "concentrations", "not positive numbers"),
    ],
)
def test_what_cannot_be_is_refused_even_if_it_is_said(values, said, words, named):
    with pytest.raises(UnreadableTable, match=words):
        named(values, said=said)


@pytest.mark.parametrize("campaign", ["-dr5", "-desi"])
def test_zoobots_names_of_questions_are_known(campaign, concentrations, read):
    renamed = {}
    for question in GZD5.questions:
        for label in question.labels:
            answer = label.removeprefix(question.name)
            renamed[f"{label}_concentration"] = f"{question.name}{campaign}{answer}"
    reading = read(concentrations.rename(columns=renamed))
    assert reading.posterior == "concentration"
    columns = [f"{label}_concentration" for label in LABELS]
    np.testing.assert_array_equal(reading.posteriors[columns], concentrations[columns])


@pytest.mark.parametrize("said", ["fractions", "votes"])
def test_lists_are_passes_of_concentrations(said, concentrations, read, tmp_path):
    table = concentrations.rename(columns=lambda c: c.removesuffix("_concentration"))
    table[LABELS] = table[LABELS].map(lambda alpha: [alpha, alpha + 1])
    path = tmp_path / "table.parquet"
    table.to_parquet(path)
    with open_table(path) as opened:
        assert read_published(opened, GZD5).samples is not None
        with pytest.raises(UnreadableTable, match="lists several numbers"):
            read_published(opened, GZD5, Choices(values=said))


@pytest.mark.parametrize("column", ["ra", "mag_r"])
def test_lists_are_no_positions(column, concentrations, tmp_path):
    table = concentrations.assign(mag_r=17.0)
    table[column] = [[1.0, 2.0]] * 12
    path = tmp_path / "table.parquet"
    table.to_parquet(path)
    with (
        open_table(path) as opened,
        pytest.raises(UnreadableTable, match=f"in every cell of '{column}'"),
    ):
        read_published(opened, GZD5)


def test_per_cent_are_converted_and_placeholders_missing(named, tmp_path):
    values = fractions()
    values[4, 3:5] = -999
    reading = named(values, suffix="_fraction")
    assert reading.report["answers such as -99 or -999, treated as missing"] == 2
    assert reading.posteriors[LABELS_F[3]].isna().sum() == 1
    table = AstropyTable(
        {f"{n}_fraction": v for n, v in zip(LABELS, values.T, strict=True)}
    )
    table["ra"], table["dec"] = np.arange(12.0), np.zeros(12)
    for label, part in zip(LABELS, values.T, strict=True):
        table[f"{label}_fraction"] = np.where(part < 0, part, 100 * part)
        table[f"{label}_fraction"].unit = "%"
    table.write(tmp_path / "table.ecsv")
    with open_table(tmp_path / "table.ecsv") as opened:
        per_cent = read_published(opened, GZD5)
    np.testing.assert_allclose(
        per_cent.posteriors[LABELS_F], reading.posteriors[LABELS_F]
    )
    assert per_cent.report["answers"] == "converted from % to numbers"
