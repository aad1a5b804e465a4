"""The warning of questions with far fewer votes than the answers that lead to them."""

import numpy as np

from morph.posterior.vote_fractions import few_votes_words
from morph.trees.decision_tree import GZD5


def counts(**by_question: int) -> np.ndarray:
    """Two galaxies with 10 volunteers at every question, or as many as are given.

    Half of them give the first answer, half the second.
    """
    votes = np.zeros((2, len(GZD5.labels)))
    for question in GZD5.questions:
        own = by_question.get(question.name.replace("-", "_"), 10)
        votes[:, GZD5.columns(question)][:, :2] = own / 2
    return votes


def test_questions_that_all_volunteers_answered_give_none():
    assert few_votes_words(counts(), GZD5) == ""
    assert few_votes_words(0 * counts(), GZD5) == ""


def test_a_question_without_votes_is_named_with_the_votes_that_lead_to_it():
    """Merging follows smooth or featured, 20 votes in all."""
    words = few_votes_words(counts(merging=0), GZD5)
    assert words.startswith("merging has 0 votes, and 20 answers lead to it: ")
    assert words.endswith("Draw no conclusions from its votes")


def test_less_than_half_is_far_fewer():
    assert few_votes_words(counts(merging=5), GZD5) == ""
    words = few_votes_words(counts(merging=4.9), GZD5)
    assert words.startswith("merging has 10 votes, and 20 answers")


def test_several_are_named_apart_from_those_known_to_be_absent():
    votes = counts(merging=0, how_rounded=0)
    assert few_votes_words(votes, GZD5).count("lead to it") == 2
    words = few_votes_words(votes, GZD5, apart_from=["merging"])
    assert words.startswith("how-rounded has 0 votes, and 10 answers lead to it: ")
