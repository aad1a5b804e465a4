"""Counts of the answers, agreement, and a subset of the galaxies with an answer."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import (
    counting,
    counts,
    one_per_galaxy,
    people,
    with_answer,
)
from morph.labels.label_agreement import (
    FEW_PAIRS,
    MOST_PEOPLE,
    PairAgreement,
    between_people,
    self_consistency,
)
from morph.labels.saved_questions import SavedQuestion
from morph.subsets import saved as subsets
from morph.subsets.subset_rows import MAX_NAME
from morph.wording import percent
from pages.common import figures, words
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.galaxies import tiles
from pages.common.here import Here
from pages.common.subsets.actions import name_and_save
from pages.label import finetune, several_people

_EVERYBODY = ""
_TILES = 12
_KAPPA = (
    "Cohen’s kappa: 1 is full agreement, 0 that of chance. For ratings, disagreements "
    "are weighted by their square. The 95% interval is a bootstrap over galaxies, from "
    f"{FEW_PAIRS} pairs."
)


def draw(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    """Everything that the answers to a question say."""
    acts = file.acts
    counted = counting(acts)
    if not counted:
        st.info("No answers yet.", icon=":material/info:")
        return
    who = _whose(people(acts))
    answers, left_out = one_per_galaxy(counted, who or None)
    _counts(saved, answers, left_out, who)
    finetune.offer(here, saved, file)
    _galaxies(here, saved, answers, who)
    _agreement(
        "Consistency of each person",
        "The first and the second answer to galaxies that a queue shows twice.",
        self_consistency(saved.question, acts),
        "No galaxy has been answered twice yet. Queues show a chosen percentage of "
        "their galaxies again.",
    )
    many = len({who for who, _ in counted}) > MOST_PEOPLE
    _agreement(
        "Agreement between people",
        "The answers of two people to the galaxies that both have labelled"
        + (f", of the {MOST_PEOPLE} with most answers." if many else "."),
        between_people(saved.question, counted),
        "No two people have labelled the same galaxies.",
    )
    several_people.draw(here, saved, file)


def _whose(names: Sequence[str]) -> str:
    if len(names) < 2:
        return names[0] if names else _EVERYBODY
    return st.selectbox(
        "Answers of",
        [_EVERYBODY, *names],
        format_func=lambda one: one or f"Everybody: the majority of {len(names)}",
        key="label_whose",
        width=320,
    )


def _counts(
    saved: SavedQuestion, answers: dict[str, tuple[str, ...]], left_out: int, who: str
) -> None:
    rows = counts(saved.question, answers)
    known = sum(bool(answer) for answer in answers.values())
    shown = pd.DataFrame(
        {
            "Answer": [row.answer for row in rows],
            "Galaxies": [row.galaxies for row in rows],
            "Fraction": [row.fraction for row in rows],
            "95% interval": [_between(row.low, row.high, percent) for row in rows]
            if known
            else ["–"] * len(rows),
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "Galaxies": figures.number(),
            "Fraction": figures.number(form="percent"),
        },
        alt=f"Counts of {len(rows)} answers",
        width=640,
    )
    unknown = len(answers) - known
    parts = [f"{words.galaxies(known)} with an answer", f"{unknown:,} “don’t know”"]
    parts += [f"{left_out:,} without a majority"] * (left_out > 0)
    parts += [f"answers of {words.plain(who)}"] * bool(who)
    st.caption(
        f"{', '.join(parts)}. Intervals are Wilson’s and treat the galaxies as a "
        "random sample of what their queue was drawn from."
    )


def _galaxies(
    here: Here, saved: SavedQuestion, answers: dict[str, tuple[str, ...]], who: str
) -> None:
    """The galaxies with one answer: some images, and all of them as a subset."""
    found = {
        row.answer: row.galaxies
        for row in counts(saved.question, answers)
        if row.galaxies
    }
    if not found:
        return
    st.subheader("Galaxies with an answer")
    answer = st.selectbox(
        "Answer",
        list(found),
        format_func=lambda one: f"{one} ({found[one]:,})",
        key=f"label_answer_{saved.question_id}",
        width=320,
    )
    names = _in_release(here, with_answer(answers, answer))
    title = f"{min(_TILES, len(names))} of {words.galaxies(len(names))}"
    gallery(
        tiles.named(here, names[:_TILES]),
        key="label_gallery",
        label=title,
        side=96,
        on_open=navigation.to_galaxy,
    )
    _save(here, saved, names, answer, who)


def _in_release(here: Here, names: list[str]) -> list[str]:
    """Those of the galaxies that the release has; says how many it lacks."""
    known = subsets.known_names(here.con, here.release, np.array(names, object))
    inside = set(known)
    found = [name for name in names if name in inside]
    if len(found) < len(names):
        st.caption(
            f":orange[{here.release.release_id} has {len(found):,} of these "
            f"{words.galaxies(len(names))}; the others are of another release. Choose "
            "that one above to save them.]"
        )
    return found


def _save(
    here: Here, saved: SavedQuestion, names: list[str], answer: str, who: str
) -> None:
    """Save the galaxies with an answer as a subset."""
    by = who or "the majority of the people who labelled them"
    text = saved.question.text
    recipe = {
        "words": f"labelled “{answer}” by {by} for the question “{text}”",
        "question": saved.question.digest,
        "answer": answer,
        "who": who,
    }
    make = partial(
        subsets.save_names,
        release=here.release,
        names=names,
        kind="labels",
        recipe=recipe,
    )
    name_and_save(
        f"save_label_{saved.question_id}_{answer}",
        f"Save {words.galaxies(len(names))}",
        make,
        suggested=answer[:MAX_NAME],
        disabled=not names,
    )
    st.page_link(
        "../../subsets/subsets.py",
        label="Saved subsets: select, combine, download",
        icon=":material/bookmarks:",
    )


def _agreement(
    title: str, about: str, rows: Sequence[PairAgreement], nothing: str
) -> None:
    st.subheader(title)
    if not rows:
        st.caption(nothing)
        return
    table = pd.DataFrame(
        {
            "Person": [row.who for row in rows],
            "Other": [row.other for row in rows],
            "Answer": [row.of for row in rows],
            "Galaxies": [row.pairs for row in rows],
            "Agree": [_share(row.agreeing, row.pairs) for row in rows],
            "Kappa": [_number(row.kappa) for row in rows],
            "95% interval": [_between(row.low, row.high, _number) for row in rows],
            "Left out": [row.unknown for row in rows],
        }
    )
    empty = [name for name in ("Other", "Answer") if not table[name].any()]
    st.dataframe(
        table.drop(columns=empty),
        hide_index=True,
        column_config={
            "Kappa": st.column_config.TextColumn(help=_KAPPA),
            "Left out": figures.number(help="Pairs of which one is “don’t know”."),
        },
        alt=title,
        width="stretch",
    )
    st.caption(about)


def _share(part: int, whole: int) -> str:
    return percent(part / whole) if whole else "–"


def _number(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{value:.2f}"


def _between(low: float, high: float, words_of: Callable[[float], str]) -> str:
    if math.isnan(low):
        return "–"
    return f"{words_of(low)} to {words_of(high)}"
