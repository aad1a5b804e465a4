"""Images of galaxies as a sheet for print: their groups, as the page shows them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from morph.images import store
from morph.images.stretch import colour_picture
from morph.images.surveys import survey_called
from pages.common import figure_file
from pages.common.figure_file import Drawing
from pages.common.here import Here
from pages.common.server.routes import thumbnails

# It imports matplotlib, which only somebody who wants a file waits for.
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from morph.figures.in_print.pictures import Pictured
    from morph.figures.in_print.sheet import Sheet


def offer(
    here: Here,
    rows: Sequence[Mapping[str, Sequence[str]]],
    *,
    key: str,
    caption: str,
) -> None:
    """A menu for groups of galaxies in rows: each row maps titles to iaunames.

    Nothing is offered where the release has no stored images.
    """
    manifest = here.release.manifest
    folders = thumbnails.stores(manifest)
    if not folders or not any(names for row in rows for names in row.values()):
        return
    credit = f"Images: {manifest.survey}. {manifest.citation}"

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import pictures

        groups = [
            [
                pictures.PictureGroup(title, [_pictured(folders, n) for n in names])
                for title, names in row.items()
            ]
            for row in rows
        ]
        return pictures.pages(groups, on, credit)

    def table() -> pd.DataFrame:
        every = [part for row in rows for part in row.items()]
        listed = [(title, name) for title, names in every for name in names]
        return pd.DataFrame(listed, columns=["group", "iauname"])

    drawing = Drawing(draw, table, formats=("pdf", "csv"))
    figure_file.offer(drawing, key=key, caption=caption, columns=180)


def _pictured(folders: Sequence[Path], name: str) -> "Pictured":
    """All pixels of the first stored image of a galaxy, in the colours of the page."""
    from morph.figures.in_print.pictures import Pictured

    for folder in folders:
        flux = store.find_cutout(folder, name)
        if flux is not None:
            colours = survey_called(store.read_store_manifest(folder).survey).colours
            pixels = colour_picture(flux, colours=colours)
            return Pictured(name, pixels, store.pixscale_of(folder, name))
    return Pictured(name, None)
