"""Words from a run's files."""

import pytest

from morph.runs.run_files import verdict_words


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (
            {"sentence": "the model is better; it was kept"},
            "The model is better; it was kept.",
        ),
        ({"outcome": "adapted"}, ""),
        ({"sentence": ["a"]}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_verdict_is_told_as_a_sentence(choice, words):
    assert verdict_words(choice) == words
