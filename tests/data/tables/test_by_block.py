"""A table that is read one block of rows after another makes the same release."""

import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.tables import posterior_values
from data.tables import read as reading
from data.tables.publish_table import TableRelease, publish_table
from morph.errors import UnreadableTable
from morph.release import write_files
from morph.tables.readers import parquet
from morph.trees.decision_tree import GZD5

ROWS = 500
ORDER = TableRelease("a", "desi", values="fractions")


@pytest.fixture
def table() -> pd.DataFrame:
    """Fractions with gaps, placeholders, rounding, ids and unsorted positions."""
    rng = np.random.default_rng(0)
    columns = {
        "dr8_id": [f"{row}_{row % 7}" for row in rng.permutation(ROWS)],
        "ra": rng.uniform(0, 360, ROWS),
        "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS))),
        "mag_r": rng.uniform(14, 20, ROWS),
    }
    columns["ra"][7], columns["dec"][7] = columns["ra"][450], columns["dec"][450]
    for question in GZD5.questions:
        parts = rng.dirichlet(np.ones(len(question.answers)), ROWS).round(3)
        parts[rng.random(ROWS) < 0.2] = np.nan
        parts[rng.random(ROWS) < 0.05, 0] = np.nan  # one answer of a question
        parts[rng.random(ROWS) < 0.05] = -99
        parts[rng.random(ROWS) < 0.05] = 0
        labels = [f"{label}_fraction" for label in question.labels]
        columns |= dict(zip(labels, parts.T, strict=True))
    return pd.DataFrame(columns)


@pytest.fixture(params=["table.parquet", "table.csv"])
def published(request, tmp_path, table):
    """Write the table and publish it; whole, or in blocks that are kept on disk."""

    def publish(name, *, in_blocks):
        path = tmp_path / request.param
        if path.suffix == ".parquet":
            table.to_parquet(path, row_group_size=130)
        else:
            table.to_csv(path, index=False)
        with pytest.MonkeyPatch.context() as patch:
            if in_blocks:
                patch.setattr(parquet, "_BLOCK_ROWS", 64)
                patch.setattr(posterior_values, "_BLOCK_ROWS", 64)
                patch.setattr(write_files, "_GROUP_ROWS", 90)
                patch.setattr(reading, "_MOST_IN_MEMORY", 100)
            return publish_table(tmp_path / name, path, ORDER)

    return publish


def test_the_release_is_the_same(published, tmp_path):
    whole, blocks = (published(n, in_blocks=n == "blocks") for n in ("whole", "blocks"))
    assert whole.details.report == blocks.details.report
    for file in ("galaxies.parquet", "posteriors.parquet"):
        one, other = (tmp_path / n / "releases/a" / file for n in ("whole", "blocks"))
        assert pq.read_table(one).equals(pq.read_table(other))
    assert sorted(p.name for p in (tmp_path / "blocks/releases").iterdir()) == ["a"]


def test_its_numbers_are_those_of_the_table(published, table, tmp_path):
    report = published("blocks", in_blocks=True).details.report
    read = pd.read_parquet(tmp_path / "blocks/releases/a/galaxies.parquet")
    assert read["_healpix_29"].is_monotonic_increasing
    found = read[["iauname", "source_id"]].merge(
        pd.read_parquet(tmp_path / "blocks/releases/a/posteriors.parquet"),
        on="iauname",
        validate="1:1",
    )
    found = found.set_index("source_id").loc[table["dr8_id"]]
    missing = halves = nobody = 0
    for question in GZD5.questions:
        columns = [f"{label}_fraction" for label in question.labels]
        given = table[columns].mask(table[columns] == -99)
        missing += int((table[columns] == -99).sum().sum())
        gaps = given.isna().sum(axis=1)
        half, empty = (gaps > 0) & (gaps < len(columns)), (given == 0).all(axis=1)
        halves, nobody = halves + int(half.sum()), nobody + int(empty.sum())
        given[half | empty] = np.nan
        np.testing.assert_array_equal(found[columns], given)
    assert report["answers such as -99 or -999, treated as missing"] == missing
    assert report["incomplete questions, set to empty"] == halves
    told = "questions with fractions of 0 for all answers, set to empty"
    assert report[told] == nobody
    assert report["exactly at the position of another row"] == 1


@pytest.mark.parametrize(
    ("row", "wrong"), [(70, {0: 1.5}), (490, {0: np.inf}), (200, {0: 0.9, 1: 0.9})]
)
def test_what_is_refused_is_told_as_of_a_whole_table(published, table, row, wrong):
    labels = [f"{label}_fraction" for label in GZD5.questions[1].labels]
    for at in (row, row + 5):
        for place, value in wrong.items():
            table.loc[at, labels] = table.loc[at, labels].fillna(0).clip(0, 1)
            table.loc[at, labels[place]] = value
    sentences = set()
    for name in ("whole", "blocks"):
        with pytest.raises(UnreadableTable) as error:
            published(name, in_blocks=name == "blocks")
        sentences.add(str(error.value))
    assert len(sentences) == 1
    assert re.search(rf"has 2 (fractions|galaxies).*row {row + 1}\b", sentences.pop())
