"""The blocks of Compare: agreement and changed vote fractions."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from morph.analysis.agreement import in_both
from morph.catalogue.release_table import LoadedRelease
from morph.figures import agreement_figures
from morph.posterior.intervals import FEW
from morph.trees.decision_tree import Question
from morph.wording import percent
from pages.common import figures, words
from pages.common.address import navigation
from pages.common.components.before_after import Card, before_after
from pages.common.galaxies import picture_sheet
from pages.common.here import Here
from pages.compare import compare_change, compare_confusion, compare_words
from pages.compare import compare_galaxies as comparing


def alone() -> None:
    """What to do where there is no other release to compare with."""
    with st.container(border=True, key="alone"):
        st.markdown("##### Comparing needs a second release")
        st.markdown(
            "Train or adapt another model and load its release, or import a published "
            "table with `.venv/bin/python -m data load FILE --release NAME --survey "
            "SURVEY`. It then appears here if it has the same decision tree."
        )
        st.page_link(
            "../../runs/runs.py", label="Start a run", icon=":material/model_training:"
        )


def both(here: Here, reference: LoadedRelease, question: Question) -> None:
    """Compare two releases on the galaxies that both contain."""
    shared = comparing.whole(here, reference).shared
    if not shared:
        _nobody(here, reference)
        return
    st.caption(
        f"{compare_words.direction(reference, here.release)} {shared:,} of "
        f"{words.galaxies(here.funnel.left)} selected in {here.release.release_id} "
        f"are also in {reference.release_id}."
    )
    left, right = st.columns([11, 9], gap="large")
    with left:
        agreement(here, reference, question)
    with right:
        compare_confusion.confusion(here, reference, question)
        compare_confusion.cell_gallery(here, reference, question)
    change(here, reference, question)


def _nobody(here: Here, reference: LoadedRelease) -> None:
    """Why no galaxy is compared, and how to match those of other names."""
    ours, theirs = here.release.release_id, reference.release_id
    if comparing.in_common(here, reference):
        text = (
            f"None of the selected galaxies is in {theirs}. Choose another release or "
            "widen the selection."
        )
    else:
        text = (
            f"Galaxies are compared by their names, and no galaxy of {ours} has the "
            f"name of one of {theirs}. Match them by position below, or in a terminal: "
            f"`.venv/bin/python -m data match {ours} {theirs}`"
        )
    st.info(text, title="No galaxies in common", icon=":material/join_inner:")


def swap_button(reference_id: str, release_id: str) -> None:
    """A button that exchanges both releases, and keeps the rest of the address."""
    st.button(
        "Swap",
        icon=":material/swap_horiz:",
        key="swap",
        on_click=_swap,
        args=(reference_id, release_id),
        help=f"Show the changes from {release_id} to {reference_id}",
    )


def _swap(reference_id: str, release_id: str) -> None:
    st.session_state["release"], st.session_state["with"] = reference_id, release_id
    before, _, after = st.query_params.get("cell", "").partition("~")
    if after:
        st.query_params["cell"] = f"{after}~{before}"


def agreement(here: Here, reference: LoadedRelease, question: Question) -> None:
    """Agreement on every question; the chosen one is highlighted."""
    table = comparing.whole(here, reference).questions
    both = in_both(reference, here.release)
    titles = {one.name: one.title for one in both}
    row = table.set_index("question").loc[question.name]
    st.header("Agreement by question")
    figures.chart(
        agreement_figures.agreement_by_question(table, titles, chosen=question.name),
        key="agreement",
        alt=f"Agreement by question; {question.title}: {_share(row)}",
    )
    st.caption(
        "Whiskers: 95% intervals (Wilson). Right: number of galaxies that reach the "
        "question in both releases with a probability above 0.5; hollow points: fewer "
        f"than {FEW}. {compare_words.of_agreement(reference, here.release)}"
    )
    _agreement_table(table, titles)


def change(here: Here, reference: LoadedRelease, question: Question) -> None:
    """How the vote fractions of a question differ, and the largest changes."""
    result = comparing.one_question(here, reference, question)
    if not result.summary["galaxies"].iloc[0]:
        return
    answers = question.words_by_label
    number = words.galaxies(int(result.summary["galaxies"].iloc[0]))
    st.header("Change in vote fractions")
    figures.chart(
        agreement_figures.changes(result.changes, result.summary, answers),
        key="changes",
        alt=f"Change in the vote fractions of {question.title} for {number}",
    )
    st.caption(
        f"{here.release.release_id} minus {reference.release_id}, for {number} that "
        "reach the question in both; numbers of galaxies on a logarithmic scale. "
        "Titles: mean change ± its standard error; dashed: the mean."
    )
    figures.table(
        lambda: result.summary.assign(label=question.words),
        _CHANGE_COLUMNS,
        key="changes_table",
        alt=f"Change in vote fractions of {question.title}",
    )
    label = compare_change.one_answer(here, reference, question)
    compare_change.own_widths(here, reference, question, label)
    st.header("Largest changes")
    st.caption(
        "Total variation distance of the vote fractions, weighted by the probability "
        "of reaching the question"
    )
    cards = comparing.moved_cards(here, reference, question)
    before_after(
        cards,
        key="moved",
        label=f"Galaxies with the largest changes in {question.title}",
        before=reference.release_id,
        after=here.release.release_id,
        on_open=navigation.to_galaxy,
    )
    picture_sheet.offer(
        here,
        [{f"Largest changes in {question.title}": cards}],
        key="moved",
        caption=f"Largest changes in {question.title} from {reference.release_id} to "
        f"{here.release.release_id}: total variation distance of the vote fractions, "
        "weighted by the probability of reaching the question.",
        numbers=lambda: _changes_of(cards, reference, here.release),
    )


def _changes_of(
    cards: Sequence[Card], reference: LoadedRelease, release: LoadedRelease
) -> pd.DataFrame:
    """The fractions in both releases, a row for each galaxy and answer."""
    return pd.DataFrame(
        [
            {
                "iauname": card.iauname,
                "answer": old.words,
                reference.release_id: old.probability,
                release.release_id: new.probability,
            }
            for card in cards
            for old, new in zip(card.before, card.after, strict=True)
        ]
    )


def _share(row: pd.Series) -> str:
    if not row["galaxies"]:
        return "no galaxies"
    return f"{percent(row['share'], 1)} of {row['galaxies']:,.0f} galaxies"


def _agreement_table(table: pd.DataFrame, titles: dict[str, str]) -> None:
    def rows() -> pd.DataFrame:
        shown = table.assign(question=table["question"].map(titles))
        shown["few"] = shown["galaxies"] < FEW
        percent = {name: 100 * shown[name] for name in ("share", "low", "high")}
        return shown.assign(**percent)

    figures.table(
        rows, _AGREEMENT_COLUMNS, key="agreement_table", alt="Agreement by question"
    )


_number = st.column_config.NumberColumn
_AGREEMENT_COLUMNS = {
    "question": "Question",
    "galaxies": _number("Galaxies reaching it in both", format="localized"),
    "agreeing": _number("Agreeing", format="localized"),
    "share": _number("Agreement (%)", format="%.1f"),
    "low": _number("95% from", format="%.1f"),
    "high": _number("to", format="%.1f"),
    "kappa": _number("Cohen’s κ", format="%.3f"),
    "kappa_error": _number("± ", format="%.3f"),
    "few": st.column_config.CheckboxColumn(f"Fewer than {FEW} galaxies"),
}
_CHANGE_COLUMNS = {
    "label": "Answer",
    "galaxies": _number("Galaxies", format="localized"),
    "mean": _number("Mean change", format="%+.4f"),
    "error": _number("Standard error", format="%.4f"),
    "spread": _number("Standard deviation", format="%.4f"),
}
