"""Views of Explore: the gallery and the histograms of the selection."""

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from morph.figures import histogram_figures
from morph.selection import histograms
from morph.selection.listing import ordering
from morph.selection.listing.order import Order
from morph.selection.url import digest
from morph.trees.decision_tree import Question
from pages.common import figures, words
from pages.common.address import controls, navigation, order_control
from pages.common.components.gallery import gallery
from pages.common.galaxies import picture_sheet, release_tables, tile_values, tiles
from pages.common.here import Here

TILES = (24, 48, 96)
BINS = 25


def gallery_view(here: Here, line: DeltaGenerator) -> None:
    """Images with the expected fraction of one answer."""
    about = tiles.caption_label(here.selection)
    with line:
        order = order_control.choose(here.release, about=about)
        size = controls.one_of("Per page", TILES, default=48, key="tiles")
    label = order.label or about
    values = tile_values.of_view(here, order, but=label)
    columns = [*tiles.columns(here.release, label), *(one.column for one in values)]
    rows = page_of_rows(here, order, size, [*dict.fromkeys(columns)])
    text = order_control.to_text(order)
    shown = tiles.of(rows, here.release, label, order=text, values=values)
    if not any(tile.picture for tile in shown):
        why = release_tables.why_no_images(here.release.manifest)
        st.caption(f"No images: {words.plain(why)}.")
    gallery(
        shown,
        key="gallery",
        label=f"{len(rows)} galaxies, {order.words(here.release)}",
        on_open=lambda name: navigation.to_galaxy(name, text),
        on_turn=lambda by: _turn(here, size, by),
    )
    turn_pages(here, size)
    title = f"{len(rows)} galaxies, {order.words(here.release)}"
    picture_sheet.offer(here, [{title: shown}], key="gallery", caption=f"{title}.")


def histograms_view(here: Here, line: DeltaGenerator) -> None:
    """Expected fractions for the chosen questions: the selection over the release."""
    tree = here.release.tree
    limited = [question.name for question in here.selection.questions]
    names = line.pills(
        "Questions",
        [question.name for question in tree.questions],
        selection_mode="multi",
        default=limited or [question.name for question in tree.questions[:2]],
        format_func=lambda name: tree.question(name).title,
        wrap=True,
        key="questions",
    )
    tables = [_histograms(here, tree.question(name)) for name in names]
    st.caption(
        "Colour: the selection. Grey: the whole release. Each is normalised to its own "
        "number of galaxies; hover for counts."
    )
    if tables:
        _counts_table(tables)


def _histograms(here: Here, question: Question) -> pd.DataFrame:
    """Draw the histograms of one question; return their counts."""
    counts = histograms.histograms(
        here.con, here.release, here.selection, question.labels, bins=BINS
    )
    answers = question.words_by_label
    st.markdown(f"##### {question.title}")
    figures.chart(
        histogram_figures.histograms(counts, answers),
        key=f"histogram_{question.name}",
        alt=f"Histograms of the answers to {question.title} for "
        f"{here.funnel.left:,} selected galaxies and the whole release",
        caption="Each histogram is normalised to its own number of galaxies.",
        numbers=counts,
    )
    return counts.assign(answer=counts["label"].map(answers))


def _counts_table(tables: Sequence[pd.DataFrame]) -> None:
    titles = {
        "answer": "Answer",
        "low": "From",
        "high": "To",
        "whole": "Whole release",
        "selected": "Selection",
    }
    figures.table(
        lambda: pd.concat(tables)[list(titles)].rename(columns=titles),
        key="histograms_table",
        alt="Number of galaxies in each bin of expected fraction",
    )


def page_of_rows(
    here: Here, order: Order, size: int, columns: list[str]
) -> pd.DataFrame:
    """The rows of the current page; a new selection or order starts at page 1."""
    asked = (here.release.key, digest(here.selection), order, size)
    if st.session_state.setdefault("listed", asked) != asked:
        st.session_state["listed"] = asked
        st.session_state["page"] = 1
    first = (min(_page_number(), _pages(here, size)) - 1) * size
    st.caption(
        f"{first + 1:,}–{min(first + size, here.funnel.left):,} of "
        f"{here.funnel.left:,}, {words.plain(order.words(here.release))}"
        f"{_without_value(here, order)}"
    )
    return ordering.page(
        here.con,
        here.release,
        here.selection,
        order=order,
        offset=first,
        limit=size,
        columns=columns,
    )


def _without_value(here: Here, order: Order) -> str:
    """Words for the galaxies that have no place in the order; empty without any."""
    number = ordering.without_value(here.con, here.release, here.selection, order)
    return f"; {number:,} without this value come last" if number else ""


def _page_number() -> int:
    if "page" in st.session_state:
        return st.session_state["page"]
    text = st.query_params.get("page", "1")
    return max(int(text), 1) if text.isdecimal() and len(text) < 8 else 1


def _turn(here: Here, size: int, by: int) -> None:
    st.session_state["page"] = min(max(_page_number() + by, 1), _pages(here, size))


def _pages(here: Here, size: int) -> int:
    return math.ceil(here.funnel.left / size)


def turn_pages(here: Here, size: int) -> None:
    """The page control, if there is more than one page."""
    pages = _pages(here, size)
    if pages > 1:
        if st.session_state.get("page", 1) > pages:
            st.session_state["page"] = pages
        st.pagination(pages, key="page", bind="query-params")
