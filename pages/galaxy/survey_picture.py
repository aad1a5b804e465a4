"""The image of a galaxy without a cutout store, from the service of its survey."""

import streamlit as st

from morph.analysis.one_galaxy import Galaxy
from morph.catalogue.release_table import LoadedRelease
from pages.common import words
from pages.common.components.cutout_picture import Cutout, cutout_picture
from pages.common.server.routes import survey_pictures, thumbnails

_WIDTH = 512  # pixels


def show(release: LoadedRelease, galaxy: Galaxy) -> bool:
    """Draw the image with its credit; False where none can be requested now."""
    survey = survey_pictures.survey_of(release.manifest)
    known = galaxy.ra is not None and galaxy.dec is not None
    if survey is None or not known or not survey_pictures.are_coming(release.manifest):
        return False
    field = survey_pictures.field_of(survey, galaxy.physical.get("radius_arcsec"))
    about = f"{galaxy.iauname} from {survey.title}, {field:.1f} arcsec wide"
    picture = Cutout(
        thumbnails.url(release, galaxy.iauname, width=_WIDTH),
        survey.title,
        f"{about}, north up, east left",
        field,
        crisp=False,
    )
    cutout_picture([picture], key="cutout_picture", label=about)
    st.caption(
        f"{words.plain(survey.title)}: {words.plain(survey.credit)}; JPEG of the "
        f"cutout service, {field / _WIDTH:.2f} arcsec/pixel."
    )
    return True
