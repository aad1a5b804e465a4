"""Learn a question from its answers: scores, galaxies, what to ask next."""

from collections.abc import Sequence

import streamlit as st

from morph.errors import MorphError
from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import people
from morph.labels.saved_questions import SavedQuestion
from pages.common import words
from pages.common.address.controls import one_of
from pages.common.galaxies import vectors
from pages.common.here import Here
from pages.label import (
    learn_galaxies,
    learn_job,
    learn_numbers,
    learn_queue,
    learn_release,
)
from pages.label.learn_job import Job

_EVERY_S = 0.4


def draw(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    """Fit a model to the answers, and show what it has learnt."""
    acts = tuple(file.acts)
    who = _whose(people(acts))
    try:
        job = learn_job.fitted(here, saved, acts, who)
    except MorphError as error:
        st.info(f"{words.plain(words.sentence(str(error)))}.", icon=":material/info:")
        if not vectors.has_features(here.release):
            st.page_link(
                "../../runs/runs.py",
                label="Runs: make features of its images",
                icon=":material/model_training:",
            )
        return
    _say(here, job)
    if job.problem:
        st.error(words.plain(words.sentence(job.problem)), icon=":material/error:")
        return
    if not job.finished.is_set():
        _wait(job)
    if job.result is None:
        return
    place = _place(job)
    _numbers(job, place)
    st.subheader("Surest galaxies")
    learn_galaxies.surest(here, job, place)
    st.subheader("Ask what teaches most")
    learn_queue.draw(here, saved, job, acts)
    st.subheader("Answer it for the whole release")
    learn_release.draw(here, saved, job, acts, who)


def _whose(names: Sequence[str]) -> str:
    if len(names) < 2:
        return names[0] if names else ""
    return st.selectbox(
        "Answers of",
        ["", *names],
        format_func=lambda one: one or f"Everybody: the majority of {len(names)}",
        key="label_learnt_whose",
        width=320,
    )


def _say(here: Here, job: Job) -> None:
    """What the model is fitted to, and what was left out."""
    labels = job.labels
    number = len(labels.names) - job.without_features
    notes = list(labels.notes)
    if job.without_features:
        left_out = words.galaxies(job.without_features)
        notes.append(f"Left out, without image features: {left_out}.")
    st.markdown(
        words.plain(
            f"Fitted to {words.galaxies(number)} with an answer, by the image features "
            f"of {here.release.release_id}."
        )
    )
    if notes:
        st.caption(" ".join(map(words.plain, notes)))


def _wait(job: Job) -> None:
    """How far the fit is; the page is drawn again at each of its parts."""
    drawn = job.parts

    @st.fragment(run_every=_EVERY_S)
    def progress() -> None:
        if job.finished.is_set() or job.parts != drawn:
            st.rerun()
        st.progress(job.parts / job.all_parts, f"{job.doing} …")

    progress()


def _place(job: Job) -> int:
    """Which problem is shown, of a question of which several answers may hold."""
    problems = job.labels.problems
    if len(problems) == 1:
        return 0
    return one_of(
        "Answer",
        {place: one.of for place, one in enumerate(problems)},
        key="label_learnt_answer",
        bind=None,
    )


def _numbers(job: Job, place: int) -> None:
    result, problem = job.result, job.labels.problems[place]
    if len(result.evaluations) <= place:
        st.caption("The evaluation is being computed …")
        return
    judged = result.evaluations[place]
    st.subheader("How well it is learnt")
    learn_numbers.scores(problem, judged)
    st.subheader("What more labels are worth")
    if len(result.curves) <= place:
        st.caption("The learning curve is being measured …")
        return
    learn_numbers.curve(
        problem, result.curves[place], judged, key=f"label_curve_{place}"
    )
