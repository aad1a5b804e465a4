"""Where new cutouts come from: the service of a survey, or coadd bricks on disk."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from morph.images.new_stores import cutouts_run, pictures_run
from morph.images.new_stores.pictures_run import SHARED
from morph.images.survey.survey import Survey
from pages.common.server import who_may

SERVICE, BRICKS = SOURCES = ("Cutout service", "Coadds on disk")


@dataclass(frozen=True)
class Source:
    """The surveys to choose from, and the folder of bricks that was typed."""

    surveys: dict[str, Survey]
    of_bricks: bool = False
    folder: str = ""


def choose(root: Path) -> Source:
    """The source, and for bricks their folder."""
    chosen = st.segmented_control(
        "Images from",
        SOURCES,
        default=SERVICE,
        required=True,
        key="store_images_from",
        help="Coadds of the Legacy Surveys on the computer of the dashboard: "
        "`legacysurvey-BRICK-image-BAND.fits.fz` with invvar and maskbits",
    )
    if chosen == SERVICE:
        return Source(cutouts_run.surveys_with_service(root))
    folder = st.selectbox(
        "Folder of coadd bricks",
        pictures_run.folders_offered(root),
        index=None,
        placeholder=f"A path, or a folder in {SHARED}/ of MORPH_HOME",
        key="store_bricks",
        accept_new_options=True,
    )
    surveys = cutouts_run.surveys_for_bricks(root)
    return Source(surveys, of_bricks=True, folder=(folder or "").strip())


def folder_of(root: Path, typed: str) -> str:
    """The folder with a name that was typed; "" for the service.

    MorphError if there is none, or this visitor may not read it.
    """
    if not typed:
        return ""
    return str(pictures_run.folder_called(root, typed, anywhere=who_may.is_local()))
