"""What can be done with the image of a galaxy: enlarge it, and take its fluxes."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from morph.analysis.one_galaxy import Galaxy
from morph.home import cutouts_folder, home
from morph.images.fits.cutout_file import cutout_fits
from morph.images.surveys import Held
from pages.common.components.cutout_picture import Cutout, cutout_picture
from pages.common.server.download_queue import queued


def draw(
    galaxy: Galaxy,
    cutouts: Sequence[Cutout],
    held: Sequence[Held],
    names: Mapping[str, str],
) -> None:
    """A button that enlarges the images, and one for the fluxes of each."""
    with st.container(horizontal=True):
        if st.button("Enlarge", icon=":material/zoom_out_map:", key="enlarge"):
            _enlarged(galaxy.iauname, cutouts)
        for one in held:
            which = "" if len(held) == 1 else f" ({names[one.store]})"
            st.download_button(
                f"Download FITS{which}",
                data=partial(queued, partial(_fits, one, galaxy)),
                file_name=f"{galaxy.iauname}_{one.store}.fits",
                mime="application/fits",
                icon=":material/download:",
                on_click="ignore",
                help="The fluxes of the image, a plane for each band.",
                key=f"fits_{one.store}",
            )


@st.dialog("Image", width="large")
def _enlarged(iauname: str, cutouts: Sequence[Cutout]) -> None:
    cutout_picture(
        cutouts,
        key="cutout_large",
        label=f"Enlarged images of {iauname}",
        beside=len(cutouts) > 1,
        large=True,
    )


def _fits(held: Held, galaxy: Galaxy) -> bytes:
    known = galaxy.ra is not None and galaxy.dec is not None
    position = (galaxy.ra, galaxy.dec) if known else None
    return cutout_fits(cutouts_folder(home(), held.store), held.iauname, position)
