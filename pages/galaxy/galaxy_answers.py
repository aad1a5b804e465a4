"""Vote fractions of one galaxy, in one release or in two."""

import streamlit as st

from morph.analysis import one_galaxy
from morph.analysis.galaxy_posterior import borders
from morph.analysis.one_galaxy import Galaxy, QuestionPosterior
from morph.catalogue.release_table import LoadedRelease
from morph.release.kinds import kind_of
from pages.common.answer_controls import release_beside
from pages.common.components.answer_rows import Row, StackedBar, answer_rows
from pages.common.galaxies import find
from pages.common.galaxies.tree_cards import NOT_LEARNT, REACHED
from pages.common.here import Here
from pages.common.words import of_mixture

QUESTION = "posterior"  # the question whose posterior is drawn


def compare_with(here: Here, galaxy: Galaxy) -> LoadedRelease | None:
    """Choose another release that has this galaxy."""
    others = [one for one in here.others if find.holds(here.con, one, galaxy.iauname)]
    if not others:
        st.caption("No other loaded release has this galaxy.", width="content")
        return None
    return release_beside(
        others,
        width=240,
        help="Show the answers of another release, such as another model or survey, "
        "above these.",
    )


def rows(here: Here, galaxy: Galaxy, other: LoadedRelease | None) -> None:
    """A row for each question; a click draws its posterior."""
    before: dict[str, QuestionPosterior] = {}
    names = [here.release.release_id]
    if other is not None:
        names.insert(0, other.release_id)
        there = find.of_release(here.con, other, galaxy.iauname, here.root)
        before = {one.question.name: one for one in there.questions}
    answer_rows(
        [
            _row(posterior, before.get(posterior.question.name), here.release)
            for posterior in galaxy.questions
        ],
        key="answer_rows",
        label=f"{kind_of(here.release.manifest).fractions} of {galaxy.iauname}",
        chosen=st.session_state.get(QUESTION),
        bars=names,
        on_choose=lambda name: st.session_state.update({QUESTION: name}),
    )
    mixture = of_mixture(galaxy.passes)
    intervals = f" Black lines: 90% credible intervals{mixture}."
    st.caption(
        f"Bars: expected vote fractions.{intervals * here.release.has_uncertainty} "
        f"Grey: questions reached with a probability below {REACHED:g}."
    )


def _row(
    posterior: QuestionPosterior,
    before: QuestionPosterior | None,
    release: LoadedRelease,
) -> Row:
    question, asked = posterior.question, posterior.asked
    shown = [one for one in (before, posterior) if one is not None]
    bars = tuple(bar for one in shown if (bar := _bar(one)) is not None)
    return Row(
        name=question.name,
        title=question.title,
        note=_asked(shown),
        answers=question.words,
        bars=bars,
        muted=asked is None or asked < REACHED,
        warning=NOT_LEARNT if question.name in release.manifest.not_learnt else "",
    )


def _asked(shown: list[QuestionPosterior]) -> str:
    """The probability that the question is reached, in both releases."""
    if any(one.asked is None for one in shown):
        return "unknown"
    if not shown[-1].question.asked_after:
        return "always reached"
    return f"reached {' → '.join(f'{one.asked:.2f}' for one in shown)}"


def _bar(posterior: QuestionPosterior) -> StackedBar | None:
    shares = tuple(answer.probability for answer in posterior.answers)
    if None in shares:
        return None
    return StackedBar(shares, borders(posterior.passes, one_galaxy.INTERVAL_MASS))
