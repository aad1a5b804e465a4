"""The catalogue's benchmark, small: pandas must give the same answers."""

from tests.benchmarks import catalogue


def test_pandas_gives_the_same_answers(tmp_path):
    rows = catalogue.rows(tmp_path, galaxies=2000, repeats=1)
    asked = [row for row in rows if row["question"] != "load, once"]
    assert len(asked) == 5
    assert all(row["same answer"] is True for row in asked)


def test_a_wrong_or_late_answer_is_a_miss():
    row = {"ms": 10.0, "goal ms": 150, "same answer": True}
    assert not catalogue.missed(row)
    assert catalogue.missed(row | {"same answer": False})
    assert catalogue.missed(row | {"ms": 150.0})
    assert not catalogue.missed(row | {"ms": 1e6, "goal ms": "-"})
