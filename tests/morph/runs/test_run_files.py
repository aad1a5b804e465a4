"""Words from a run's files."""

import pytest

from morph.runs.run_files import verdict_words


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (
            {"verdict": "better", "sentence": "the model is better; it was kept"},
            "The model is better; it was kept.",
        ),
        (
            {"sentence": "it was kept (0.07 before, 0.04 after)"},
            "It was kept (0.07 before, 0.04 after); an earlier version judged this, "
            "without an interval.",
        ),
        ({"outcome": "adapted"}, ""),
        ({"sentence": ["a"]}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_verdict_is_told_as_a_sentence(choice, words):
    assert verdict_words(choice) == words
