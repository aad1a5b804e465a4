"""Images of galaxies as a sheet for print: their groups, as the page shows them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from morph.images import store
from morph.images.stretch import colour_picture
from morph.images.surveys import survey_called
from morph.release.manifest import SIMULATED, Manifest
from pages.common import figure_file
from pages.common.components.before_after import Card
from pages.common.components.gallery.packing import Tile
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
    rows: Sequence[Mapping[str, Sequence[Tile | Card]]],
    *,
    key: str,
    caption: str,
    numbers: Callable[[], pd.DataFrame] | None = None,
) -> None:
    """A menu for groups of galaxies in rows: each row maps titles to tiles or cards.

    Captions and notes are below the images. The CSV has them, unless there are other
    ``numbers``. Nothing is offered where the release has no stored images.
    """
    manifest = here.release.manifest
    folders = thumbnails.stores(manifest)
    if not folders or not any(shown for row in rows for shown in row.values()):
        return
    credit = f"Images: {_survey(manifest)}. {manifest.citation}"

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import pictures

        groups = [
            [
                pictures.PictureGroup(title, [_pictured(folders, one) for one in shown])
                for title, shown in row.items()
            ]
            for row in rows
        ]
        return pictures.pages(groups, on, credit)

    drawing = Drawing(draw, numbers or (lambda: _table(rows)))
    figure_file.offer(drawing, key=key, caption=caption, columns=180)


def _survey(manifest: Manifest) -> str:
    title = survey_called(manifest.survey).title
    return f"{title} (simulated)" if manifest.origin in SIMULATED else title


def _table(rows: Sequence[Mapping[str, Sequence[Tile]]]) -> pd.DataFrame:
    """The galaxies by group, with the numbers of their captions."""
    table = pd.DataFrame(
        [
            {"group": title, "iauname": tile.iauname, "note": tile.note}
            | ({} if tile.caption is None else asdict(tile.caption))
            for row in rows
            for title, shown in row.items()
            for tile in shown
        ]
    )
    table = table.rename(columns={"words": "caption", "probability": "value"})
    return table.replace({"note": ""}, pd.NA).dropna(axis="columns", how="all")


def _pictured(folders: Sequence[Path], tile: Tile | Card) -> "Pictured":
    """All pixels of the first stored image of a galaxy, in the colours of the page."""
    from morph.figures.in_print.pictures import Pictured

    name, note = tile.iauname, _note(tile)
    for folder in folders:
        flux = store.find_cutout(folder, name)
        if flux is not None:
            colours = survey_called(store.read_store_manifest(folder).survey).colours
            pixels = colour_picture(flux, colours=colours)
            return Pictured(name, pixels, store.pixscale_of(folder, name), note)
    return Pictured(name, None, note=note)


def _note(tile: Tile | Card) -> str:
    """The caption with its number, and the note, as on the page."""
    caption = tile.caption if isinstance(tile, Tile) else None
    number = "" if caption is None else f"{caption.words} {caption.probability:.2f}"
    return ", ".join(part for part in (number, tile.note) if part)
