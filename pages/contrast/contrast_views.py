"""Views of Contrast: most and least certain galaxies, with and without the tree."""

from collections.abc import Sequence

import streamlit as st

from morph.analysis import extremes
from morph.wording import percent
from pages.common import words
from pages.common.address import controls
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import picture_sheet
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
    labels, shown = chosen.question.labels, []
    for first in range(0, len(labels), BESIDE):
        for row, end in enumerate(_order(chosen)):
            title = f"{_ENDS[end]}: {_tail(here, end, chosen)}"
            st.markdown(f"##### {_row_title(row, title, chosen)}")
            some = labels[first : first + BESIDE]
            groups = _row(here, chosen, some, end)
            heading = _row_title(row, _ENDS[end], chosen)
            shown.append({f"{heading}: {one}": groups[one] for one in groups})
    picture_sheet.offer(
        here,
        shown,
        key=f"certainty_{chosen.question.name}",
        caption=f"{chosen.question.title}, most and least certain galaxies, drawn at "
        f"random (seed {chosen.seed}): {_tail(here, 0, chosen)}, and "
        f"{_tail(here, 1, chosen)}. {_cut_words(here, chosen)} {tree}",
    )


def strip(here: Here, chosen: Contrast) -> None:
    """σ against ρ̂ of all galaxies."""
    if chosen.tails is None:
        _without_posterior(here)
        return
    contrast_strip.draw(here, chosen)


def with_and_without_tree(here: Here, chosen: Contrast) -> None:
    """The same cut on one answer, with the tree and without."""
    with st.container(horizontal=True, gap="medium"):
        label = answer(chosen.question)
        least = chosen.tails is not None and _least()
    pair = extremes.with_and_without_tree(
        here.selection, label, chosen.tails, at_least=chosen.at_least, least=least
    )
    kept, shown = "", []
    if chosen.tails is not None:
        kept = f"Both rows: {_tail(here, int(least), chosen)}."
    st.caption(f"{_cut_words(here, chosen)} {kept}")
    if not chosen.blind:
        st.caption(words.followed(here.release, here.selection, chosen.question))
    for row, end in enumerate(_order(chosen)):
        title = _row_title(row, _TREE[end], chosen)
        cell = contrast_cells.group(here, pair[end], label, chosen)
        with st.container(gap="xsmall"):
            contrast_cells.heading(here, cell, title, chosen, key=f"tree_{end}")
            if end and not chosen.blind:
                contrast_cells.astray(here, cell, chosen.question)
            key = f"tree_{end}"
            images = contrast_cells.pictures(here, cell, label, chosen, key=key)
        shown.append({title: images})
    picture_sheet.offer(
        here,
        shown,
        key=f"tree_{label}",
        caption=f"{here.release.tree.words(label)} with and without the tree, galaxies "
        f"drawn at random (seed {chosen.seed}). {_cut_words(here, chosen)} {kept}",
    )


def _least() -> bool:
    """Whether to look at the least certain galaxies, as figure 5 of Ye et al. 2025."""
    return controls.one_of("Galaxies", _ENDS, key="tree_end") == _ENDS[1]


def _without_posterior(here: Here) -> None:
    st.info(
        f"{here.release.release_id} has vote fractions without a posterior, so there "
        "are no uncertainties to contrast. “With and without the tree” still works.",
        icon=":material/info:",
    )


def _row(
    here: Here, chosen: Contrast, labels: Sequence[str], end: int
) -> dict[str, Sequence[Tile]]:
    """Draw a row; return the galaxies shown of each answer."""
    shown = {}
    for column, label in zip(st.columns(BESIDE, gap="medium"), labels, strict=False):
        wanted = extremes.sure_and_unsure(here.selection, label, chosen.tails)[end]
        cell = contrast_cells.group(here, wanted, label, chosen)
        key = f"{label}_{'surest' if end == 0 else 'least'}"
        with column, st.container(gap="xsmall"):
            title = here.release.tree.words(label)
            contrast_cells.heading(here, cell, title, chosen, key=key)
            shown[title] = contrast_cells.pictures(
                here, cell, label, chosen, key=key, small=True
            )
    return shown


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
    if here.selection.certainty:
        text += " The conditions of certainty of the selection are ignored here."
    return text
