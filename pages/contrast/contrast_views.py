"""Views of Contrast: most and least certain galaxies, with and without the tree."""

from collections.abc import Sequence

import streamlit as st

from morph.analysis import extremes
from morph.wording import percent
from pages.common import words
from pages.common.here import Here
from pages.contrast import contrast_cells, contrast_strip
from pages.contrast.contrast_controls import Contrast, answer

BESIDE = 3  # answers in one row
_ENDS = ("Most certain", "Least certain")
_TREE = ("With the tree", "Without the tree")


def sure_and_unsure(here: Here, chosen: Contrast) -> None:
    """For each answer, some of the most and the least certain galaxies."""
    if chosen.tails is None:
        _without_posterior(here)
        return
    tree = words.followed(here.release, here.selection, chosen.question)
    st.caption(f"{_cut_words(here, chosen)} {tree}")
    labels = chosen.question.labels
    for first in range(0, len(labels), BESIDE):
        for row, end in enumerate(_order(chosen)):
            title = f"{_ENDS[end]}: {_tail(here, end, chosen)}"
            st.markdown(f"##### {_row_title(row, title, chosen)}")
            _row(here, chosen, labels[first : first + BESIDE], end)


def strip(here: Here, chosen: Contrast) -> None:
    """σ against ρ̂ of all galaxies."""
    if chosen.tails is None:
        _without_posterior(here)
        return
    contrast_strip.draw(here, chosen)


def with_and_without_tree(here: Here, chosen: Contrast) -> None:
    """The same cut on one answer, with the tree and without."""
    label = answer(chosen.question)
    pair = extremes.with_and_without_tree(
        here.selection, label, chosen.tails, at_least=chosen.at_least
    )
    surest = ""
    if chosen.tails is not None:
        surest = f"Both rows: {_tail(here, 0, chosen)}."
    st.caption(f"{_cut_words(here, chosen)} {surest}")
    if not chosen.blind:
        st.caption(words.followed(here.release, here.selection, chosen.question))
    for row, end in enumerate(_order(chosen)):
        title = _row_title(row, _TREE[end], chosen)
        cell = contrast_cells.group(here, pair[end], label, chosen)
        with st.container(gap="xsmall"):
            contrast_cells.heading(here, cell, title, chosen, key=f"tree_{end}")
            if end and not chosen.blind:
                contrast_cells.astray(here, cell, chosen.question)
            contrast_cells.pictures(here, cell, label, chosen, key=f"tree_{end}")


def _without_posterior(here: Here) -> None:
    st.info(
        f"{here.release.release_id} has vote fractions without a posterior, so there "
        "are no uncertainties to contrast. “With and without the tree” still works.",
        icon=":material/info:",
    )


def _row(here: Here, chosen: Contrast, labels: Sequence[str], end: int) -> None:
    for column, label in zip(st.columns(BESIDE, gap="medium"), labels, strict=False):
        wanted = extremes.sure_and_unsure(here.selection, label, chosen.tails)[end]
        cell = contrast_cells.group(here, wanted, label, chosen)
        key = f"{label}_{'surest' if end == 0 else 'least'}"
        with column, st.container(gap="xsmall"):
            title = here.release.tree.words(label)
            contrast_cells.heading(here, cell, title, chosen, key=key)
            contrast_cells.pictures(here, cell, label, chosen, key=key, small=True)


def _row_title(row: int, title: str, chosen: Contrast) -> str:
    return f"Row {'AB'[row]}" if chosen.blind else title


def _order(chosen: Contrast) -> tuple[int, int]:
    """Which row comes first; with hidden labels, the seed decides."""
    return (1, 0) if chosen.blind and chosen.seed % 2 else (0, 1)


def _tail(here: Here, end: int, chosen: Contrast) -> str:
    measure = here.release.measures[chosen.tails.by]
    side = measure.end(least=bool(end))
    return f"the {chosen.tails.percent:g}% with the {side} {measure.title.lower()}"


def _cut_words(here: Here, chosen: Contrast) -> str:
    """The cut that all rows share, and the filter of the selection it replaces."""
    text = (
        f"Selected galaxies with an expected vote fraction ρ̂ of at least "
        f"{percent(chosen.at_least)}."
    )
    if here.selection.sureness is not None:
        text += " The uncertainty filter of the selection is ignored here."
    return text
