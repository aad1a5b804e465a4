"""What several people said together: posteriors beside fractions, and their skill."""

import numpy as np
import pandas as pd
import streamlit as st

from morph.crowd.swap import SwapRules
from morph.crowd.votes import NO, Votes, votes_of, with_people
from morph.crowd.weighing import METHODS, Method, Weighed, known_answers, weigh
from morph.errors import MorphError
from morph.figures.crowd_figures import skills
from morph.labels.answers_file import AnswersFile
from morph.labels.in_force import counting
from morph.labels.saved_questions import SavedQuestion
from pages.common import figures, words
from pages.common.here import Here
from pages.label import crowd_release

_NOBODY = ""
_LISTED = 500  # galaxies in the table
_STARTS = (0.5, 0.7)  # of a person's skill: with known answers, and without
_ABOUT: dict[Method, str] = {
    "fractions": "The fraction of the votes for each answer, with one vote added to "
    "each. Everybody counts alike.",
    "dawid_skene": "Dawid & Skene (1979): the answers and the confusion matrix of each "
    "person, fitted together. Best from five votes for a galaxy by people who "
    "answer independently of one another; too sure where many make the same mistakes.",
    "glad": "GLAD (Whitehill et al. 2009): how able each person is, and how easy each "
    "galaxy. Needs about ten votes for a galaxy.",
    "swap": "SWAP (Marshall et al. 2016): votes are weighed in the order of their "
    "time, and a galaxy is retired once one answer is sure.",
}


def draw(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    """Choose how votes are weighed; a table of galaxies and a figure of people."""
    st.subheader("Several people")
    every = _votes(saved, file)
    if every is None:
        return
    method = _method()
    votes = every if method == "fractions" else with_people(every)
    if len(votes.people) < 2:
        st.caption("Fewer than two people have answered.")
        return
    if len(votes.answer) < len(every.answer):
        left_out = len(every.answer) - len(votes.answer)
        st.caption(
            f"{left_out:,} votes of an aggregated table are left out: they have no "
            "people whose skill could be learnt."
        )
    try:
        weighed = _weighed(votes, method, saved)
    except MorphError as error:
        st.warning(f"{words.sentence(words.plain(str(error)))}.")
        return
    if not weighed.converged:
        st.caption(":orange[The fit had not settled after 200 rounds.]")
    part = st.session_state.get(f"label_crowd_part_{saved.question_id}", "")
    crowd_release.offer(here, saved, weighed, part if NO in votes.answers else "")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _galaxies(here, weighed)
    with right:
        _people(weighed)


def _votes(saved: SavedQuestion, file: AnswersFile) -> Votes | None:
    """The votes on the question, or on one answer of several."""
    one = saved.question
    if one.kind == "tags":
        st.caption("Tags have no list of answers; the table of counts shows them.")
        return None
    answer = None
    if one.kind == "several":
        answer = st.selectbox(
            "Whether this answer holds",
            one.offered,
            key=f"label_crowd_part_{saved.question_id}",
            width=320,
        )
    votes = votes_of(counting(file.acts).values(), one, answer=answer)
    if not len(votes.answer):
        st.caption("No answers yet.")
        return None
    return votes


def _method() -> Method:
    method = st.segmented_control(
        "Weighed by",
        list(METHODS),
        default="fractions",
        format_func=METHODS.get,
        required=True,
        key="label_crowd_method",
    )
    st.caption(_ABOUT[method])
    return method


def _weighed(votes: Votes, method: Method, saved: SavedQuestion) -> Weighed:
    """The result, kept while neither votes nor choices change."""
    who, yes, rules = _NOBODY, 0, SwapRules()
    if method in ("dawid_skene", "swap"):
        who = _known(votes)
    if method == "swap":
        yes, rules = _rules(votes, who)
    digest = hash((votes.people, votes.subjects, votes.answer.tobytes()))
    key = (digest, method, who, yes, rules)
    before = st.session_state.get("label_crowd")
    if before is None or before[0] != key:
        known = known_answers(votes, who) if who else None
        with st.spinner("Weighing the votes"):
            found = weigh(votes, method, known=known, yes=yes, rules=rules)
        st.session_state["label_crowd"] = before = (key, found)
    return before[1]


def _known(votes: Votes) -> str:
    return st.selectbox(
        "Answers known to be right",
        [_NOBODY, *votes.people],
        format_func=lambda who: f"those of {who}" if who else "none",
        key="label_crowd_known",
        width=320,
        help="The answers of this person are taken as the truth, from which the skill "
        "of the others is learnt.",
    )


def _rules(votes: Votes, who: str) -> tuple[int, SwapRules]:
    left, middle, right = st.columns(3)
    with left:
        yes = st.selectbox("Probability of", votes.answers, key="label_crowd_yes")
    with middle:
        rejected = st.number_input(
            "Retired below", 0.002, 0.4, 0.01, format="%.3f", key="label_crowd_low"
        )
    with right:
        detected = st.number_input(
            "Retired above", 0.6, 0.998, 0.99, format="%.3f", key="label_crowd_high"
        )
    start = _STARTS[0] if who else _STARTS[1]
    if not who:
        st.caption(
            f"No answers are known, so everybody is taken to be right in {start:.0%} "
            "at first, and skill is learnt from what the others say."
        )
    return votes.answers.index(yes), SwapRules(
        start=start, rejected=rejected, detected=detected, learn_from_all=not who
    )


def _galaxies(here: Here, weighed: Weighed) -> None:
    """Galaxies with fractions and posteriors, those first where the two differ most."""
    votes = weighed.votes
    shown = [place for place, name in enumerate(votes.answers) if name != NO]
    apart = np.abs(weighed.posterior - votes.fractions).max(axis=1)
    order = np.argsort(-apart, kind="stable")
    numbers = votes.counts.sum(axis=1)
    changed = weighed.posterior.argmax(axis=1) != votes.fractions.argmax(axis=1)
    st.markdown(
        f"**{words.galaxies(len(votes.subjects))}**, {len(votes.answer):,} votes, "
        f"{numbers.mean():.1f} each"
        + (
            f"; in {changed.sum():,} the most probable answer is not that of most votes"
            if weighed.method != "fractions"
            else ""
        )
        + (
            f"; {weighed.retired:,} retired, after which {weighed.saved:,} votes came"
            if weighed.method == "swap"
            else ""
        )
    )
    rows = order[:_LISTED]
    columns = {
        "Galaxy": np.array(votes.subjects, object)[rows],
        "Votes": numbers[rows],
    }
    for place in shown:
        columns[f"{votes.answers[place]}: fraction"] = votes.fractions[rows, place]
        columns[f"{votes.answers[place]}: {METHODS[weighed.method]}"] = (
            weighed.posterior[rows, place]
        )
    if weighed.method == "fractions":  # the two columns would have one meaning
        columns = {
            name.replace(": Vote fractions", ": with one vote added"): values
            for name, values in columns.items()
        }
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        column_config={
            name: figures.number(form="%.3f") for name in columns if ": " in name
        },
        alt=f"Votes and probabilities of {len(rows)} galaxies",
        height=330,
    )
    if len(order) > _LISTED:
        st.caption(f"The {_LISTED} where the two differ most.")


def _people(weighed: Weighed) -> None:
    """The figure of people, and a table of them."""
    table = weighed.people
    if weighed.method == "fractions":
        st.caption(
            "Choose another way to weigh the votes to see how well each person answers."
        )
        return
    most = float(np.log2(2 if weighed.method == "swap" else len(weighed.votes.answers)))
    figures.chart(
        skills(table, most_bits=most),
        key="label_crowd_skills",
        alt=f"Skill of {len(table):,} people",
        caption="A vote tells 0 bits if it is a guess"
        + (f", {most:.2f} if it is always right." if "bits" in table else "."),
    )
    figures.table(
        lambda: table.sort_values("votes", ascending=False).rename(
            columns={
                "who": "Person",
                "votes": "Votes",
                "bits": "Bits per vote",
                "right": "Right",
                "ability": "Ability",
            }
        ),
        {
            "Votes": figures.number(),
            "Bits per vote": figures.number(form="%.3f"),
            "Right": figures.number(form="percent"),
            "Ability": figures.number(form="%.2f"),
        },
        key="label_crowd_people",
        alt="Skill of each person",
    )
