"""Results of the search: galaxies, distances, and the answers they share."""

from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from morph.figures import similarity_figures
from morph.figures.answer_figures import two_fractions
from morph.similar.index import VectorIndex, all_distances, share_nearer
from morph.similar.near_examples import SKIP_ARCSEC
from morph.similar.query import answers_in_common
from morph.similar.search import SearchResult
from morph.wording import percent
from pages.common import figure_file, figures, keys, words
from pages.common.address import navigation
from pages.common.components.gallery import Action, gallery
from pages.common.components.gallery.packing import Bar, Tile
from pages.common.galaxies import tiles
from pages.common.galaxies.vectors import Search
from pages.common.here import Here
from pages.common.similar import similar_query, similar_search, start
from pages.common.similar.similar_query import Query
from pages.similar import similar_sheet

ACTIONS = (
    Action("like", "+", "More like this", keys.LIKE.press),
    Action("unlike", "−", "Less like this", keys.UNLIKE.press),
)
OUTLIER = 0.99  # fraction of galaxies whose nearest neighbour is closer


def chosen(here: Here, query: Query) -> None:
    """The examples as tiles, each with a button that removes it."""
    remove = Action("drop", "×", "Remove this example", keys.DROP.press)
    for title, names in (
        ("Examples", query.like),
        ("Negative examples", query.unlike),
    ):
        if not names:
            continue
        st.caption(title)
        gallery(
            tiles.named(here, names),
            key=f"examples_{title}",
            label=f"{title}: {words.galaxies(len(names))}",
            side=104 if len(names) > 1 else 150,
            on_open=navigation.to_galaxy,
            actions=(remove,),
            on_act=similar_query.change,
        )


def warn(search: Search, result: SearchResult) -> None:
    """Warn if even the nearest galaxy is far away."""
    if search.nearest is None or not len(result.similar.distance):
        return
    nearest = float(result.similar.distance[0])
    share = share_nearer(search.nearest, nearest)
    if share >= OUTLIER:
        st.warning(
            f"No close match: the nearest galaxy is at distance {nearest:.3f}; for "
            f"{percent(share)} of all galaxies, the nearest neighbour is closer. The "
            "results may not be similar.",
            icon=":material/warning:",
        )


def pictures(
    here: Here, query: Query, result: SearchResult, index: VectorIndex
) -> None:
    """The results, nearest first; buttons make them examples."""
    shown = tiles.at(here, result.similar.rows, result.course and result.course.label)
    excluded = ""
    if query.skip:
        excluded = (
            f"; {result.skipped:,} within {SKIP_ARCSEC:g} arcsec of an example excluded"
        )
    if not shown:
        _nothing(here, query, result)
        return
    st.caption(
        f"The {len(shown):,} nearest of {int(result.candidates.sum()):,} "
        f"{_among(here, query, result)} (exact search){excluded}. "
        f"{start.sample_words(index)} {start.left_out_words(here, query.space)} "
        "Blue line and the number at its right: cosine similarity. Press + or − on an "
        "image for more or fewer galaxies like it."
    )
    near = zip(shown, result.similar.distance, strict=True)
    shown = [_with_distance(tile, float(d), result) for tile, d in near]
    gallery(
        shown,
        key="similar_gallery",
        label=f"{len(shown)} galaxies, most similar first",
        on_open=navigation.to_galaxy,
        actions=ACTIONS,
        on_act=similar_query.change,
    )
    similar_sheet.offer(here, query, shown, result)


def distances(here: Here, search: Search, result: SearchResult) -> None:
    """Distances of all galaxies, with the results marked."""
    if not len(result.similar.distance):
        return
    everyone = all_distances(search.index, result.vector, allowed=result.allowed)
    shown = result.similar.distance
    share = f"{100 * len(shown) / max(len(everyone), 1):.2g}%"
    table = similarity_figures.distance_table(everyone, shown)
    st.markdown("##### Distances")
    figures.chart(
        similarity_figures.distances(table, float(shown[-1])),
        key="distances",
        alt=f"Distances of {len(everyone):,} galaxies; the {len(shown)} results are "
        f"the nearest {share}",
    )
    st.caption(
        f"The {len(shown)} results are the nearest {share} of {len(everyone):,}, at "
        f"distances from {shown[0]:.3f} to {shown[-1]:.3f}."
    )
    columns = {"low": "From", "high": "To", "shown": "Shown", "others": "Others"}
    figures.table(
        lambda: table.round(3).rename(columns=columns),
        key="distance_table",
        alt=f"Distances of {len(everyone):,} galaxies in {len(table)} bins",
    )


def why(here: Here, result: SearchResult) -> None:
    """The answers that the query and the results have in common."""
    if not len(result.similar.rows):
        return
    tree = here.release.tree
    shown = similar_search.probabilities(here, result.similar.rows)
    table = answers_in_common(result.mean_answers, shown, tree)
    if table.empty:
        return
    st.markdown("##### Answers in common")
    cells = [
        f'<div role="row"><span>{escape(tree.words(row.label))}</span>'
        f'<div class="pair"><i style="width:{row.found:.1%}"></i>'
        f'<u style="left:{row.query:.1%}"></u></div>'
        f"<b>{row.found:.2f}</b><small>{row.query:.2f}</small></div>"
        for row in table.itertuples()
    ]
    st.html(f'<div class="special short" role="table">{"".join(cells)}</div>')
    st.caption(
        "Answers on which the results agree best with the query. Blue and bold: mean "
        "of the results; tick and grey: the query."
    )
    names = ("Mean of the results", "Query")
    answers = [tree.words(label) for label in table["label"]]
    figure_file.offer_chart(
        two_fractions(answers, table["found"], table["query"], names),
        key="in_common",
        caption="Answers on which the most similar galaxies agree best with the query.",
    )


def _among(here: Here, query: Query, result: SearchResult) -> str:
    """The galaxies that were searched, in words."""
    among = "selected galaxies" if query.inside else "galaxies"
    if query.same_magnitude:
        among += " of similar magnitude"
    return among + _with_fraction(here, result)


def _with_fraction(here: Here, result: SearchResult) -> str:
    """The limit on the fraction of the answer aimed at, if there is one."""
    course = result.course
    if course is None or result.bounds is None:
        return ""
    low, high = result.bounds
    limit = f"at least {low:.2f}" if high == 1 else f"at most {high:.2f}"
    return f" with {here.release.tree.words(course.label)} {limit}"


def _nothing(here: Here, query: Query, result: SearchResult) -> None:
    """What to change when no galaxy is left to find."""
    limit = _with_fraction(here, result)
    mend = (
        f"{int(result.allowed.sum()):,} have another fraction: change the target, or "
        "turn off *Only galaxies that reach it*"
        if limit
        else "turn off a limit of the search, or widen the selection"
    )
    st.info(
        f"There are no {_among(here, query, result)} to find; {mend}.",
        icon=":material/search_off:",
    )


def _with_distance(tile: Tile, distance: float, result: SearchResult) -> Tile:
    """The tile with its similarity, and its distance or its fraction of the answer."""
    text = f"Distance {distance:.3f}"
    if result.course is not None and tile.caption is not None:
        text = f"{tile.caption.words} {tile.caption.probability:.2f}"
    return replace(tile, caption=Bar(text, float(np.clip(1 - distance, 0, 1))))
