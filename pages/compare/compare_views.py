"""The blocks of Compare: agreement, confusion with galleries, change, labels."""

import pandas as pd
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.figures import agreement_figures
from morph.posterior.intervals import FEW
from morph.posterior.tree import Question
from morph.wording import percent
from pages.common import words
from pages.common.address import navigation
from pages.common.components.before_after import before_after
from pages.common.components.gallery import gallery
from pages.common.components.matrix import matrix
from pages.common.here import Here
from pages.compare import compare_galaxies
from pages.compare.compare_galaxies import Pair

NO_BAR = {"displayModeBar": False}


def alone() -> None:
    """What to do where there is nothing to compare with."""
    with st.container(border=True, key="alone"):
        st.markdown("##### One release is loaded, and it takes two to compare")
        st.markdown(
            "Adapt or fit another model and load its release, or load a published "
            "table: `.venv/bin/python -m data load FILE --release NAME --survey "
            "SURVEY`. It appears here by itself."
        )
        st.page_link(
            "../../runs/runs.py", label="Start a run", icon=":material/model_training:"
        )


def both(here: Here, reference: LoadedRelease, question: Question) -> None:
    """All that two releases say of the galaxies that they share."""
    two = compare_galaxies.pair(here, reference)
    shared = compare_galaxies.whole(two).shared
    if not shared:
        st.info(
            f"None of the {words.galaxies(here.funnel.left)} selected is in "
            f"{reference.release_id}. Choose another release, or widen the selection.",
            title="No galaxies in common",
            icon=":material/join_inner:",
        )
        return
    st.caption(
        f"{shared:,} of {words.galaxies(here.funnel.left)} selected in "
        f"{here.release.release_id} are in {reference.release_id} too."
    )
    left, right = st.columns([11, 9], gap="large")
    with left:
        agreement(two, question)
    with right:
        confusion(two, question)
        cell_gallery(two, question)
    change(two, question)


def agreement(two: Pair, question: Question) -> None:
    """Agreement on every question, the chosen one marked."""
    found = compare_galaxies.whole(two)
    titles = {one.name: one.title for one in two.release.tree.questions}
    row = found.questions.set_index("question").loc[question.name]
    st.header("Do they agree?")
    st.plotly_chart(
        agreement_figures.agreement_by_question(
            found.questions, titles, chosen=question.name
        ),
        key="agreement",
        config=NO_BAR,
        alt=f"Agreement by question; {question.title}: {_share(row)}",
    )
    st.caption(
        "Whiskers: 95% intervals (Wilson). Right: galaxies that both releases ask, "
        f"with a probability above 0.5; hollow where fewer than {FEW}. This is how far "
        "two models agree: no volunteers' answers are in it, and both may be wrong."
    )
    with st.expander("The same as a table"):
        _agreement_table(found.questions, titles)


def confusion(two: Pair, question: Question) -> None:
    """The confusion matrix of a question; a cell opens its galaxies."""
    counts = compare_galaxies.one_question(two, question).confusion
    cell = chosen_cell(question)
    labels = list(question.labels)

    def choose(row: int, column: int) -> None:
        st.query_params["cell"] = f"{labels[row]}~{labels[column]}"

    st.header(f"Largest answer of {question.title}")
    if not counts.to_numpy().sum():
        st.info(f"Both releases ask no galaxy of the selection about {question.title}.")
        return
    matrix(
        counts.to_numpy(),
        question.words,
        key="confusion",
        label=f"Galaxies by their largest answer of {question.title}",
        rows=two.reference.release_id,
        columns=two.release.release_id,
        chosen=None if cell is None else tuple(labels.index(one) for one in cell),
        on_choose=choose,
    )
    st.caption(
        "Percentages are of each row. On the dashed diagonal both agree. Choose a cell "
        "to see its galaxies."
    )


def cell_gallery(two: Pair, question: Question) -> None:
    """The galaxies of the chosen cell, if one is chosen."""
    cell = chosen_cell(question)
    counts = compare_galaxies.one_question(two, question).confusion
    number = 0 if cell is None else int(counts.loc[cell])
    if not number:
        return
    tree, tiles = two.release.tree, compare_galaxies.cell_tiles(two, cell)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {tree.words(cell[0])} → {tree.words(cell[1])}")
        st.button(
            "Close",
            icon=":material/close:",
            type="tertiary",
            key="close_cell",
            on_click=close_cell,
        )
    st.caption(
        f"{len(tiles):,} of {words.galaxies(number)}, the farthest moved first; below "
        f"each its {tree.words(cell[1])} in {two.release.release_id}."
    )
    gallery(
        tiles,
        key="cell_gallery",
        label=f"{len(tiles)} of {number:,} galaxies of the chosen cell",
        on_open=lambda name: navigation.to_galaxy(name, compare_galaxies.ORDER),
        side=92,
    )


def chosen_cell(question: Question) -> tuple[str, str] | None:
    """The labels of the cell in the address, if it is one of this question's."""
    first, _, second = st.query_params.get("cell", "").partition("~")
    known = question.labels
    return (first, second) if first in known and second in known else None


def close_cell() -> None:
    """Show no cell's galaxies; only from a callback."""
    st.query_params.pop("cell", None)


def change(two: Pair, question: Question) -> None:
    """How the vote fractions of a question changed, and who moved most."""
    found = compare_galaxies.one_question(two, question)
    if not found.summary["galaxies"].iloc[0]:
        return
    answers = dict(zip(question.labels, question.words, strict=True))
    number = words.galaxies(int(found.summary["galaxies"].iloc[0]))
    st.header("How vote fractions change")
    st.plotly_chart(
        agreement_figures.changes(found.changes, found.summary, answers),
        key="changes",
        config=NO_BAR,
        alt=f"Change of the vote fractions of {question.title} of {number}",
    )
    st.caption(
        f"{two.release.release_id} minus {two.reference.release_id}, of {number} that "
        "both ask. Above each: mean change and its standard error; dashed at the mean."
    )
    with st.expander("The same as a table"):
        st.dataframe(
            found.summary.assign(label=question.words),
            hide_index=True,
            column_config=_CHANGE_COLUMNS,
            alt=f"Change of the answers of {question.title}",
        )
    st.header("Moved most")
    before_after(
        compare_galaxies.moved_cards(two, question),
        key="moved",
        label=f"Galaxies that moved most on {question.title}",
        before=two.reference.release_id,
        after=two.release.release_id,
        on_open=lambda name: navigation.to_galaxy(name, compare_galaxies.ORDER),
    )


def _share(row: pd.Series) -> str:
    if not row["galaxies"]:
        return "no galaxies"
    return f"{percent(row['share'], 1)} of {row['galaxies']:,.0f} galaxies"


def _agreement_table(table: pd.DataFrame, titles: dict[str, str]) -> None:
    shown = table.assign(question=table["question"].map(titles))
    shown["few"] = shown["galaxies"] < FEW
    percent = {name: 100 * shown[name] for name in ("share", "low", "high")}
    st.dataframe(
        shown.assign(**percent),
        hide_index=True,
        column_config=_AGREEMENT_COLUMNS,
        placeholder="–",
        alt="Agreement by question",
    )


_number = st.column_config.NumberColumn
_AGREEMENT_COLUMNS = {
    "question": "Question",
    "galaxies": _number("Galaxies both ask", format="localized"),
    "agreeing": _number("Agreeing", format="localized"),
    "share": _number("Agreement (%)", format="%.1f"),
    "low": _number("95% from", format="%.1f"),
    "high": _number("to", format="%.1f"),
    "few": st.column_config.CheckboxColumn(f"Fewer than {FEW}"),
}
_CHANGE_COLUMNS = {
    "label": "Answer",
    "galaxies": _number("Galaxies", format="localized"),
    "mean": _number("Mean change", format="%+.4f"),
    "error": _number("Standard error", format="%.4f"),
    "spread": _number("Spread", format="%.4f"),
}
