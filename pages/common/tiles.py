"""Galaxies of the catalogue as tiles of the gallery."""

from urllib.parse import urlencode

import pandas as pd

from morph.catalogue import LoadedRelease
from morph.selection import Selection
from pages.common import thumbnails
from pages.common.components.gallery import Bar, Tile

PICTURE_WIDTH = 256  # pixels; tiles are 128 to 170 wide, on dense screens twice that


def columns(release: LoadedRelease, label: str) -> list[str]:
    """What `of` needs of a galaxy to draw it with the answer ``label`` under it."""
    always = release.tree.questions[0].labels
    labels = list(dict.fromkeys((*always, label)))
    names = ["ra", "dec", *(f"{name}_probability" for name in labels)]
    if release.has_uncertainty:
        spread = "total_variance" if release.has_samples else "variance"
        names.append(f"{label}_{spread}")
    return names


def of(
    rows: pd.DataFrame, release: LoadedRelease, label: str | None, *, order: str
) -> list[Tile]:
    """Tiles of ``rows``, which hold `columns`, captioned with ``label`` if given."""
    pictured = thumbnails.with_picture(release.manifest, rows["iauname"])
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
                caption=_bar(row, release, label) if label else None,
                bars=_first_question(row, release),
                place=_place(row),
            )
        )
    return tiles


def caption_label(selection: Selection) -> str:
    """The answer that a selection is most about: the last limited one of the tree."""
    if selection.limits:
        return list(selection.limits)[-1]
    if selection.sureness is not None:
        return selection.sureness.label
    return selection.tree.labels[0]


def _first_question(row: dict, release: LoadedRelease) -> tuple[Bar, ...]:
    labels = release.tree.questions[0].labels
    known = [name for name in labels if not pd.isna(row[f"{name}_probability"])]
    return tuple(
        Bar(release.tree.words(name), row[f"{name}_probability"]) for name in known
    )


def _bar(row: dict, release: LoadedRelease, label: str) -> Bar | None:
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
