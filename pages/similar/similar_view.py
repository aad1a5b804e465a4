"""The results of the search: how near, which galaxies, and why they are similar."""

from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from morph.catalogue.arrays import at_rows, by_name
from morph.figures import similarity_figures
from morph.similar import index
from morph.similar.index import SKIP_ARCSEC
from morph.similar.query import answers_in_common
from morph.similar.search import SearchResult
from morph.wording import percent
from pages.common import keys
from pages.common.address import navigation, order_control
from pages.common.components.gallery import Action, Bar, gallery
from pages.common.galaxies import tiles
from pages.common.galaxies.vectors import Search
from pages.common.here import Here
from pages.common.planes import plane_table
from pages.common.similar import similar_query, similar_search
from pages.common.similar.similar_query import Query

ACTIONS = (
    Action("like", "+", "More like this", keys.LIKE.press),
    Action("unlike", "−", "Less like this", keys.UNLIKE.press),
)
OUTLIER = 0.99  # nearest is farther than for this share of galaxies


def chosen(here: Here, query: Query) -> None:
    """The examples as tiles, each to be let go by its button."""
    for title, names, action in (
        ("Like", query.like, Action("drop", "×", "Let it go", keys.DROP.press)),
        ("Unlike", query.unlike, Action("drop", "×", "Let it go", keys.DROP.press)),
    ):
        if not names:
            continue
        st.caption(f"{title} {'these' if len(names) > 1 else 'this'}")
        about = tiles.caption_label(here.selection)
        rows = by_name(
            here.con, here.release, names, columns=tiles.columns(here.release, about)
        )
        gallery(
            tiles.of(rows, here.release, None, order=_ORDER, about=about),
            key=f"examples_{title.lower()}",
            label=f"{title}: {len(names)} galaxies",
            side=104 if len(names) > 1 else 150,
            on_open=lambda name: navigation.to_galaxy(name, _ORDER),
            actions=(action,),
            on_act=similar_query.change,
        )


def warn(search: Search, found: SearchResult) -> None:
    """Say so where even the nearest galaxy is far away."""
    if search.nearest is None or not len(found.similar.distance):
        return
    nearest = float(found.similar.distance[0])
    share = index.share_nearer(search.nearest, nearest)
    if share >= OUTLIER:
        st.warning(
            "Nothing in the catalogue is close: the nearest galaxy is farther away "
            f"than for {percent(share)} of galaxies ({nearest:.3f}). What is shown is "
            "the nearest there is, not necessarily alike.",
            icon=":material/warning:",
        )


def pictures(here: Here, query: Query, found: SearchResult) -> None:
    """The galaxies found, the nearest first; buttons make them examples."""
    similar = found.similar
    about = tiles.caption_label(here.selection)
    columns = tiles.columns(here.release, about)
    rows = at_rows(here.con, here.release, similar.rows, columns=columns)
    skipped = ""
    if query.skip:
        skipped = f"; {found.skipped:,} within {SKIP_ARCSEC:g} arcsec skipped"
    among = "selected galaxies" if query.inside else "galaxies"
    if query.same_magnitude:
        among += " of the same magnitude"
    st.caption(
        f"The {len(rows):,} nearest of {int(found.allowed.sum()):,} {among}, all "
        f"compared{skipped}. Bar: cosine. Press + or − on a picture to ask for more or "
        "less of its kind."
    )
    near = zip(
        tiles.of(rows, here.release, None, order=_ORDER, about=about),
        similar.distance,
        strict=True,
    )
    gallery(
        [replace(tile, caption=_bar(float(distance))) for tile, distance in near],
        key="similar_gallery",
        label=f"{len(rows)} galaxies, the most similar first",
        on_open=lambda name: navigation.to_galaxy(name, _ORDER),
        actions=ACTIONS,
        on_act=similar_query.change,
    )


def distances(here: Here, search: Search, found: SearchResult) -> None:
    """How far away all galaxies are, the shown ones marked."""
    if not len(found.similar.distance):
        return
    everyone = index.all_distances(search.index, found.vector, allowed=found.allowed)
    shown = found.similar.distance
    share = f"{100 * len(shown) / max(len(everyone), 1):.2g}%"
    table = similarity_figures.distance_table(everyone, shown)
    st.markdown("##### How near they are")
    st.plotly_chart(
        similarity_figures.distances(table, float(shown[-1])),
        key="distances",
        config={"displayModeBar": False},
        alt=f"Distances of {len(everyone):,} galaxies; the {len(shown)} shown are the "
        f"nearest {share}",
    )
    st.caption(
        f"The {len(shown)} shown are the nearest {share} of {len(everyone):,}; "
        f"distances from {shown[0]:.3f} to {shown[-1]:.3f}."
    )
    box = st.expander(plane_table.TITLE, key="distance_table", on_change="rerun")
    if box.open:
        columns = {"low": "From", "high": "To", "shown": "Shown", "others": "Others"}
        box.dataframe(
            table.round(3).rename(columns=columns),
            hide_index=True,
            alt=f"Distances of {len(everyone):,} galaxies in {len(table)} bins",
        )


def why(here: Here, found: SearchResult) -> None:
    """The answers that the examples and the galaxies found have in common."""
    if not len(found.similar.rows):
        return
    tree = here.release.tree
    shown = similar_search.probabilities(here)[found.similar.rows]
    table = answers_in_common(found.mean_answers, shown, tree)
    if table.empty:
        return
    st.markdown("##### Why they are similar")
    cells = [
        f'<div role="row"><span>{escape(tree.words(row.label))}</span>'
        f'<div class="pair"><i style="width:{row.found:.1%}"></i>'
        f'<u style="left:{row.query:.1%}"></u></div>'
        f"<b>{row.found:.2f}</b><small>{row.query:.2f}</small></div>"
        for row in table.itertuples()
    ]
    st.html(f'<div class="special short" role="table">{"".join(cells)}</div>')
    st.caption(
        "Answers on which they agree best. Bar and bold: mean of those shown; line and "
        "light: the examples."
    )


def _bar(distance: float) -> Bar:
    return Bar(f"Distance {distance:.3f}", float(np.clip(1 - distance, 0, 1)))


_ORDER = order_control.to_text(order_control.DEFAULT)
