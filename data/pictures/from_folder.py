"""Make a cutout store of the home from a folder of images and a table."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from data.pictures.descriptions import by_file_names, by_table
from data.pictures.image_files import images_in
from data.pictures.image_store import (
    ImageStoreOrder,
    Made,
    write_image_store,
)
from data.tables.galaxies import Choices
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.blanks import LARGEST_FLUX
from morph.images.store_manifest import at_scale
from morph.release.manifest import Manifest, Origin
from morph.trees.decision_tree import tree_called

_SHOWN = 5  # images left out, in the report


@dataclass(frozen=True)
class ImageFolder:
    """A folder of images, and what the user says of it."""

    folder: Path
    store: str
    survey: str
    size: int
    tree: str
    origin: Origin = "real"
    title: str = ""
    labels: Path | None = None  # table
    values: Literal["", "fractions", "concentrations", "votes"] = ""
    positions_from: Literal["", "table", "names"] = ""
    pixscale_arcsec: float | None = None  # of the files' pixels
    scale_column: str = ""


@dataclass(frozen=True)
class Report:
    """What was made, for programs and for people."""

    result: dict[str, Any]
    lines: list[str]


def store_from_folder(
    root: Path, asked: ImageFolder, *, progress: Callable[[int, int], None]
) -> Report:
    """Write the store in ``root``/cutouts; MorphError if it cannot be made.

    An interrupted call continues where it was.
    """
    target = cutouts_folder(root, asked.store)
    title = asked.title or asked.folder.resolve().name
    Manifest(asked.store, asked.origin, asked.survey, title, "", "")  # checked
    if asked.scale_column and (asked.labels is None or asked.pixscale_arcsec):
        raise MorphError(
            "--scale-column names a column of the table of --labels and replaces "
            "--pixel-scale; give only one of the two"
        )
    files = images_in(asked.folder)
    about = by_file_names(files)
    if asked.labels is not None:
        about = by_table(
            files,
            asked.labels,
            tree_called(asked.tree),
            choices=Choices(asked.values, asked.positions_from),
            scale_column=asked.scale_column,
        )
    made = write_image_store(
        target,
        files,
        about,
        ImageStoreOrder(
            asked.folder,
            asked.size,
            asked.survey,
            asked.origin,
            title,
            asked.pixscale_arcsec,
        ),
        progress=progress,
    )
    return _report(target, made, about.sentences, has_votes=about.votes is not None)


def _report(
    target: Path, made: Made, sentences: list[str], *, has_votes: bool
) -> Report:
    one, refused = made.manifest, made.refused
    lines = [
        f"Made the cutout store {target.name}: {one.galaxies:,} images of {one.size} "
        f"pixels{at_scale(one.pixscale_arcsec)}, {'with' if has_votes else 'without'} "
        "votes",
        *sentences,
    ]
    if made.placed:
        lines.append(f"Positions from FITS headers: {made.placed:,}")
    if one.clipped:
        lines.append(
            f"Fluxes beyond {LARGEST_FLUX:,.0f} nanomaggies were clipped in "
            f"{one.clipped:,} images; {target}/notices.csv names them"
        )
    if len(refused):
        lines.append(
            f"Images left out, listed in {target}/refused.csv: {len(refused):,}"
        )
        lines += [
            f"  {row.file}: {row.reason}" for row in refused[:_SHOWN].itertuples()
        ]
    result = {
        "store": target.name,
        "folder": str(target),
        "galaxies": one.galaxies,
        "votes": has_votes,
        "pixscale_arcsec": one.pixscale_arcsec,
        "clipped": one.clipped,
        "placed_by_header": made.placed,
        "refused": refused.to_dict("records"),
        "report": sentences,
    }
    return Report(result, lines)
