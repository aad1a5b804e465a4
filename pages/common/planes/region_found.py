"""The galaxies in the regions drawn on a plane: number, gallery, typical answers."""

from html import escape

import numpy as np
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.figures.answer_figures import two_fractions
from morph.geometry import density
from morph.geometry.density import LOW_TRUST
from morph.geometry.regions import Plane
from morph.release.maps import FEATURES, ReleaseMap
from morph.selection import masks
from morph.selection.listing import selected_rows
from morph.selection.selection import Selection
from morph.similar.search import most_typical
from morph.wording import percent
from pages.common import figure_file, words
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import picture_sheet, release_columns, tiles, vectors
from pages.common.here import Here
from pages.common.planes import region_drawing

TILES = 24
SPECIAL = 5
_SIDE = 84  # pixels
_SORTS = {"typical": "Most typical", "random": "Random"}


def draw(here: Here, plane: Plane) -> None:
    """Count, warning, gallery and the most different answers of the regions."""
    within = region_drawing.within(here.selection, plane)
    inside = region_drawing.mask(here, region_drawing.on(plane))
    rows = selected_rows.rows(here.con, here.release, within)
    counted = f"**{len(rows):,}** of {words.galaxies(here.release.galaxies)}"
    if int(inside.sum()) != len(rows):
        before = f"{int(inside.sum()):,} in the regions before other filters"
        counted = f"{counted}; {before}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(counted, width="content")
        region_drawing.select_button(here, plane, len(rows))
        region_drawing.save_popover(here, plane, len(rows))
    if not len(rows):
        st.info(
            "No galaxies are in the regions. Draw around some galaxies, or choose "
            "“Add” for the next region."
        )
        return
    if plane.kind == "map":
        _warn_of_low_trust(here, here.release.map_on(plane), rows)
    _gallery(here, plane, within, rows)
    _special(here, rows)


def beside(here: Here, plane: Plane, wanted: Selection, *, where: str) -> None:
    """The regions with their galaxies; until one is drawn, some of those ``wanted``."""
    region_drawing.chips(here, plane)
    if region_drawing.on(plane):
        draw(here, plane)
    else:
        _examples(here, wanted, where)


def _examples(here: Here, wanted: Selection, where: str) -> None:
    shown = tiles.at_random(here, wanted, TILES)
    if not shown:
        st.caption(f"None of the selected galaxies is on the {where}.")
        return
    st.caption(
        f"Draw around galaxies on the {where}, or click one. Below: a random sample "
        "(seed 0)."
    )
    gallery(
        shown,
        key=f"on_{where}",
        label=f"{len(shown)} random galaxies on the {where}",
        side=_SIDE,
        on_open=navigation.to_galaxy,
    )


def _warn_of_low_trust(here: Here, on: ReleaseMap, rows: np.ndarray) -> None:
    kept = density.mean_trust(release_columns.coordinates(here, on).trust[rows])
    if kept < LOW_TRUST:
        st.warning(
            f"The map preserves only {percent(kept)} of the nearest neighbours of "
            "these galaxies, so they may be less similar than they appear. Compare "
            "their images, or use Similar, which compares the features directly.",
            icon=":material/warning:",
        )


def _gallery(here: Here, plane: Plane, within: Selection, rows: np.ndarray) -> None:
    some, how = _some(here, plane, within, rows)
    st.caption(f"{len(some):,} of {len(rows):,}, {how}")
    gallery(
        some,
        key="region_gallery",
        label=f"{len(some)} of {len(rows):,} galaxies in the regions",
        side=_SIDE,
        on_open=navigation.to_galaxy,
    )
    title = f"{len(some):,} of {len(rows):,} galaxies in the regions"
    picture_sheet.offer(
        here, [{title: some}], key=f"region_{plane.kind}", caption=f"{title}, {how}."
    )


def _some(
    here: Here, plane: Plane, within: Selection, rows: np.ndarray
) -> tuple[list[Tile], str]:
    """Some galaxies of the regions, and how they were chosen."""
    features = _features(here.release, plane)
    index = None
    if features is not None:
        index = vectors.search(here, "features", features).index
    if index is not None and _sort() == "typical":
        typical = most_typical(index, rows, count=TILES)
        return tiles.at(here, typical), "closest to their mean feature vector first"
    how = "at random (seed 0)"
    if index is None and features is not None:
        how += "; the most typical are shown once the search index is ready"
    return tiles.at_random(here, within, TILES), how


def _sort() -> str:
    return st.segmented_control(
        "Sorted",
        list(_SORTS),
        format_func=_SORTS.get,
        default="typical",
        required=True,
        key="region_sort",
        label_visibility="collapsed",
    )


def _features(release: LoadedRelease, plane: Plane) -> str | None:
    """The file of the features that are compared: those of the map."""
    if plane.kind == "map":
        return release.map_on(plane).features
    return FEATURES if vectors.has_features(release) else None


def _special(here: Here, rows: np.ndarray) -> None:
    tree = here.release.tree
    mask = masks.as_mask(rows, here.release)
    table = density.special_answers(release_columns.weights(here), mask, tree).head(
        SPECIAL
    )
    st.markdown("##### Answers that differ most")
    if table.empty:
        st.caption("Too few galaxies inside or outside to compare their answers.")
        return
    cells = []
    for row in table.itertuples():
        cells.append(
            f'<div role="row"><span>{escape(tree.words(row.label))}</span>'
            f'<div class="pair"><i style="width:{row.here:.1%}"></i>'
            f'<u style="left:{row.elsewhere:.1%}"></u></div>'
            f"<b>{row.here:.2f}</b><small>{row.elsewhere:.2f} elsewhere</small></div>"
        )
    st.html(f'<div class="special" role="table">{"".join(cells)}</div>')
    st.caption(
        "Mean expected fraction among galaxies that reach the question. Bar: in the "
        "regions; tick: elsewhere."
    )
    answers = [tree.words(label) for label in table["label"]]
    figure_file.offer_chart(
        two_fractions(
            answers, table["here"], table["elsewhere"], ("In the regions", "Elsewhere")
        ),
        key="special",
        caption="Answers that differ most between the galaxies in the regions and the "
        "others. Mean expected fraction among galaxies that reach the question.",
    )
