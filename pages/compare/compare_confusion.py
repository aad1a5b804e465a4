"""The confusion matrix of two releases, and the galaxies in one of its cells."""

import numpy as np
import pandas as pd
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.evaluation.accuracy import cohens_kappa
from morph.figures import agreement_figures
from morph.trees.decision_tree import Question
from pages.common import figure_file, words
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.components.matrix import matrix
from pages.common.galaxies import picture_sheet
from pages.common.here import Here
from pages.compare import compare_galaxies as comparing


def confusion(here: Here, reference: LoadedRelease, question: Question) -> None:
    """The confusion matrix of a question; a cell shows its galaxies when chosen."""
    counts = comparing.one_question(here, reference, question).confusion
    labels = question.labels
    cell = chosen_cell(question)

    def choose(row: int, column: int) -> None:
        st.query_params["cell"] = f"{labels[row]}~{labels[column]}"

    st.header(f"Most probable answer: {question.title}")
    if not counts.to_numpy().sum():
        st.info(f"No selected galaxy reaches {question.title} in both releases.")
        return
    matrix(
        counts.to_numpy(),
        question.words,
        key="confusion",
        label=f"Galaxies by most probable answer to {question.title}",
        rows=reference.release_id,
        columns=here.release.release_id,
        chosen=None if cell is None else tuple(labels.index(one) for one in cell),
        on_choose=choose,
    )
    figure_file.offer_chart(
        agreement_figures.confusion(
            counts,
            question.words_by_label,
            rows=reference.release_id,
            columns=here.release.release_id,
        ),
        key=f"confusion_{question.name}",
        caption=f"Galaxies by most probable answer to {question.title}. Rows: "
        f"{reference.release_id}; columns: {here.release.release_id}; percentages of "
        f"each row.{_kappa(counts)}",
    )
    st.caption(
        "Percentages of each row; the releases agree on the dashed diagonal. Choose a "
        f"cell to see its galaxies.{_kappa(counts)}"
    )


def cell_gallery(here: Here, reference: LoadedRelease, question: Question) -> None:
    """The galaxies in the chosen cell, if any."""
    cell = chosen_cell(question)
    counts = comparing.one_question(here, reference, question).confusion
    number = 0 if cell is None else int(counts.loc[cell])
    if not number:
        return
    tiles = comparing.cell_tiles(here, reference, cell)
    before, after = map(here.release.tree.words, cell)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {before} → {after}")
        st.button(
            "Close",
            icon=":material/close:",
            type="tertiary",
            key="close_cell",
            on_click=close_cell,
        )
    st.caption(
        f"{len(tiles):,} of {words.galaxies(number)}, largest changes first; captions: "
        f"expected fraction of {after} in {here.release.release_id}."
    )
    gallery(
        tiles,
        key="cell_gallery",
        label=f"{len(tiles)} of {number:,} galaxies in the chosen cell",
        on_open=navigation.to_galaxy,
        side=92,
    )
    title = f"{before} in {reference.release_id}, {after} in {here.release.release_id}"
    picture_sheet.offer(
        here,
        [{title: tiles}],
        key="cell_gallery",
        caption=f"{title}. {len(tiles):,} of {words.galaxies(number)}, largest changes "
        f"first; below each image: expected fraction of {after}.",
    )


def chosen_cell(question: Question) -> tuple[str, str] | None:
    """The labels of the cell in the URL, if it belongs to this question."""
    first, _, second = st.query_params.get("cell", "").partition("~")
    return (first, second) if {first, second} <= set(question.labels) else None


def close_cell() -> None:
    """Close the cell's gallery; only from a callback."""
    st.query_params.pop("cell", None)


def _kappa(counts: pd.DataFrame) -> str:
    """Cohen's kappa of a confusion matrix, in words; empty where it has none."""
    kappa, error = cohens_kappa(counts.to_numpy())
    if np.isnan(kappa):
        return ""
    return (
        f" Cohen’s κ = {kappa:.3f} ± {error:.3f}: 1 for full agreement, 0 for chance "
        "agreement."
    )
