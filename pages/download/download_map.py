"""Download the coverage map (MOC) of the selected galaxies."""

from functools import partial

import streamlit as st

from morph.export.coverage_file import coverage_file
from morph.export.export import file_stem
from pages.common.here import Here
from pages.common.server import database
from pages.common.server.download_queue import queued

# Order -> width of its cells, 58.6° / 2^order.
_CELLS = {
    6: "55 arcmin",
    8: "14 arcmin",
    9: "6.9 arcmin",
    10: "3.4 arcmin",
    12: "52 arcsec",
    14: "13 arcsec",
}
_FORMS = {"fits": "FITS", "json": "JSON"}
_MIME = {"fits": "application/fits", "json": "application/json"}


def draw(here: Here) -> None:
    """The order and format of the map, and the button."""
    if not {"ra", "dec"} <= here.release.columns:
        return
    st.header("Coverage map")
    st.caption(
        "A multi-order coverage map (MOC): the HEALPix cells that hold a selected "
        "galaxy, for Aladin, TOPCAT and mocpy. It can be loaded under “Region of the "
        "sky” in the sidebar."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox(
            "Cells of the map",
            list(_CELLS),
            index=list(_CELLS).index(9),
            format_func=lambda one: f"{_CELLS[one]} (order {one})",
            key="map_order",
            width=220,
        )
        form = st.segmented_control(
            "Map format",
            list(_FORMS),
            format_func=_FORMS.get,
            default="fits",
            required=True,
            key="map_form",
        )
        stem = file_stem(here.release, here.selection, here.funnel.left)
        st.download_button(
            "Download the map",
            data=partial(queued, partial(_made, here, order, form)),
            file_name=f"{stem}_order{order}.moc.{form}",
            mime=_MIME[form],
            icon=":material/public:",
            on_click="ignore",
            disabled=not here.funnel.left,
            key="download_map",
        )


def _made(here: Here, order: int, form: str) -> bytes:
    """The file, with a cursor of its own: another thread calls it."""
    with database.cursor(here.root) as con:
        return coverage_file(con, here.release, here.selection, order=order, form=form)
