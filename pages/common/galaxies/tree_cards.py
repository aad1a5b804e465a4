"""Cards of the decision tree, for a release and for one galaxy."""

from collections.abc import Callable, Sequence
from typing import Any

from morph.analysis.one_galaxy import AnswerPosterior, QuestionPosterior
from morph.catalogue.release_table import LoadedRelease
from morph.selection.histograms import Expected
from morph.selection.selection import Selection
from morph.trees.decision_tree import DecisionTree, Question, as_branches, depth
from pages.common.components.tree_picture import AnswerRow, QuestionCard

NOT_LEARNT = "not learnt by this model"
REACHED = 0.5  # least probability at which a question counts as reached


def of_release(
    release: LoadedRelease, expected: Expected, selection: Selection
) -> list[QuestionCard]:
    """Expected numbers of galaxies that reach each question and receive each answer."""
    return [
        _card(
            question,
            release,
            note=f"{expected.asked[question.name]:,.0f} reach it",
            answers=_expected_rows(question, release, expected, selection),
            band=lambda label: _share(expected.answers[label], release.galaxies),
        )
        for question in as_branches(release.tree)
    ]


def of_galaxy(
    questions: Sequence[QuestionPosterior],
    release: LoadedRelease,
    selection: Selection,
) -> list[QuestionCard]:
    """The posterior for every question of one galaxy, with 90% credible intervals."""
    by_name = {posterior.question.name: posterior for posterior in questions}
    cards = []
    for question in as_branches(release.tree):
        posterior = by_name[question.name]
        asked = posterior.asked
        known = asked is not None
        card = _card(
            question,
            release,
            note=f"reached with probability {asked:.2f}" if known else "unknown",
            answers=tuple(
                _posterior_row(answer, posterior, selection)
                for answer in posterior.answers
            ),
            band=lambda label: _reached(label, by_name, release.tree),
            muted=not known or asked < REACHED,
        )
        cards.append(card)
    return cards


def _card(
    question: Question,
    release: LoadedRelease,
    *,
    band: Callable[[str], float],
    **more: Any,
) -> QuestionCard:
    """The card of a question; ``band`` gives the width of the path from an answer."""
    learnt = question.name not in release.manifest.not_learnt
    return QuestionCard(
        name=question.name,
        title=question.title,
        depth=depth(question, release.tree),
        asked_after=question.asked_after,
        bands=tuple(band(label) for label in question.asked_after),
        warning="" if learnt else NOT_LEARNT,
        **more,
    )


def _expected_rows(
    question: Question,
    release: LoadedRelease,
    expected: Expected,
    selection: Selection,
) -> tuple[AnswerRow, ...]:
    most = max(question.labels, key=lambda label: expected.answers[label])
    return tuple(
        AnswerRow(
            label=label,
            words=release.tree.words(label),
            share=_share(expected.answers[label], expected.asked[question.name]),
            text=f"{expected.answers[label]:,.0f}",
            largest=label == most and expected.answers[most] > 0,
            active=label in selection.limits,
        )
        for label in question.labels
    )


def _posterior_row(
    answer: AnswerPosterior, posterior: QuestionPosterior, selection: Selection
) -> AnswerRow:
    known = answer.probability is not None
    return AnswerRow(
        label=answer.label,
        words=answer.words,
        share=answer.probability,
        text=f"{answer.probability:.2f}" if known else "–",
        low=answer.lower,
        high=answer.upper,
        largest=answer.label == posterior.largest,
        active=answer.label in selection.limits,
    )


def _reached(
    label: str, by_name: dict[str, QuestionPosterior], tree: DecisionTree
) -> float:
    """The probability of reaching an answer: that of its question times its own."""
    posterior = by_name[tree.question_of(label).name]
    answer = posterior.answers[posterior.question.labels.index(label)]
    return (posterior.asked or 0.0) * (answer.probability or 0.0)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
