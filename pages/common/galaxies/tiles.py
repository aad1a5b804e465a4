"""Galaxies of the catalogue as tiles of the gallery."""

from collections.abc import Sequence
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from morph.catalogue.arrays import at_rows, by_name
from morph.catalogue.release_table import LoadedRelease
from morph.selection.conditions import steps
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import first_rows
from morph.selection.ready_made import drawn_once
from morph.selection.selection import Selection
from morph.subsets.saved import Subset, made_by
from morph.trees.decision_tree import DecisionTree, Question
from pages.common.components.gallery.packing import Bar, Tile
from pages.common.galaxies import tile_values
from pages.common.galaxies.tile_values import TileValue
from pages.common.here import Here
from pages.common.server.routes import thumbnails

MOST_BARS = 3  # in place of an image
PICTURE_WIDTH = 256  # pixels; tiles are 128 to 170 wide, on dense screens twice that


def columns(release: LoadedRelease, label: str) -> list[str]:
    """Columns that `of` needs for tiles about the answer ``label``."""
    question = release.tree.question_of(label)
    names = ["ra", "dec", *(f"{name}_probability" for name in question.labels)]
    variance = release.measures.get("variance")
    return [*names, *variance.columns(question)] if variance else names


def of(
    rows: pd.DataFrame,
    release: LoadedRelease,
    label: str | None = None,
    *,
    order: str = "random:0",
    about: str | None = None,
    values: Sequence[TileValue] = (),
) -> list[Tile]:
    """Tiles of ``rows``, which have `columns`, captioned with ``label`` if given.

    ``rows`` also have the columns of ``values``, which come under the caption. A galaxy
    without an image shows the answers to the question of ``label``, else of ``about``,
    else to the first question of the tree.
    """
    question = release.tree.question_of(label or about or release.tree.labels[0])
    pictured = thumbnails.shown(release.manifest, rows["iauname"])
    tiles = []
    for row in rows.to_dict("records"):
        name = row["iauname"]
        tiles.append(
            Tile(
                iauname=name,
                picture=thumbnails.url(release, name, width=PICTURE_WIDTH)
                if name in pictured
                else None,
                link=_link(release, name, order),
                caption=bar(row, release, label) if label else None,
                bars=_answers(row, release.tree, question, but=label),
                place=_place(row),
                values=tile_values.texts(row, values),
            )
        )
    return tiles


def named(
    here: Here, names: Sequence[str], label: str | None = None, **more: str
) -> list[Tile]:
    """Tiles of the named galaxies, about the selection; ``more`` is as of `of`."""
    more = {"about": caption_label(here.selection)} | more
    shown = columns(here.release, label or more["about"])
    rows = by_name(here.con, here.release, names, columns=shown)
    return of(rows, here.release, label, **more)


def at(
    here: Here, rows: Sequence[int] | np.ndarray, label: str | None = None, **more: str
) -> list[Tile]:
    """As `named`, of the galaxies in ``rows`` of the release."""
    more = {"about": caption_label(here.selection)} | more
    shown = columns(here.release, label or more["about"])
    table = at_rows(here.con, here.release, rows, columns=shown)
    return of(table, here.release, label, **more)


def at_random(
    here: Here, selection: Selection, count: int, *, about: str | None = None
) -> list[Tile]:
    """Tiles of some galaxies of a selection, always the same ones."""
    about = about or caption_label(selection)
    con, release = here.con, here.release
    if steps(selection, release):
        rows = first_rows(con, release, selection, Order("random"), count)
    else:
        rows = drawn_once(con, release, selection)[:count]
    return at(here, rows, about=about)


def caption_label(selection: Selection) -> str:
    """The answer to show for a selection: the last limited one of the tree."""
    if selection.limits:
        return list(selection.limits)[-1]
    if selection.certainty:
        return selection.certainty[0].label
    return selection.tree.labels[0]


def subset_label(subset: Subset, release: LoadedRelease) -> str:
    """The answer to show for a subset: that of its definition, if the release has it.

    The release that the subset was made from need not be loaded.
    """
    label = caption_label(made_by(subset, release))
    return label if label in release.tree.labels else release.tree.labels[0]


def _answers(
    row: dict, tree: DecisionTree, question: Question, *, but: str | None
) -> tuple[Bar, ...]:
    """The most probable answers in tree order, ``but`` the one in the caption."""
    shares = {
        label: row[f"{label}_probability"]
        for label in question.labels
        if label != but and not pd.isna(row[f"{label}_probability"])
    }
    largest = sorted(shares, key=shares.get, reverse=True)[:MOST_BARS]
    return tuple(Bar(tree.words(one), shares[one]) for one in shares if one in largest)


def bar(row: dict, release: LoadedRelease, label: str) -> Bar | None:
    """Expected vote fraction, with a standard deviation to either side if known."""
    probability = row[f"{label}_probability"]
    if pd.isna(probability):
        return None
    words = release.tree.words(label)
    variance = row.get(f"{label}_total_variance", row.get(f"{label}_variance"))
    if variance is None or pd.isna(variance):
        return Bar(words, probability)
    sigma = variance**0.5
    return Bar(
        words, probability, max(probability - sigma, 0), min(probability + sigma, 1)
    )


def _place(row: dict) -> str:
    if pd.isna(row["ra"]) or pd.isna(row["dec"]):
        return "position unknown"
    return f"{row['ra']:.5f}° {row['dec']:+.5f}°"


def _link(release: LoadedRelease, iauname: str, order: str) -> str:
    query = {"release": release.release_id, "id": iauname, "order": order}
    return f"galaxy?{urlencode(query)}"
