"""The colours of the map: controls, values and classes of galaxies, legend."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from morph.analysis import map_colours
from morph.analysis.map_colours import UNKNOWN, Classes, Values
from morph.catalogue.release_table import LoadedRelease
from morph.figures.plane_images import DIVERGING, SEQUENCE, mean_picture
from morph.figures.plane_scene import Group, Picture, Points, Shade
from morph.geometry import density
from morph.geometry.density import Window
from morph.release.maps import ReleaseMap
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.masks import Members, unpacked
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common import answer_controls
from pages.common.address import own_column_control
from pages.common.address.choices import COLOURS
from pages.common.address.controls import from_list, one_of
from pages.common.galaxies import release_columns
from pages.common.galaxies.release_columns import Sample
from pages.common.here import BY_RELEASE, Here

PAINTS = {"points": "Points", "means": "Means"}
_MEAN_PIXELS = (30, 120)  # a side; fewer galaxies, fewer pixels


@dataclass(frozen=True)
class MapColour:
    """What to colour by; ``of`` names an answer, a question, a subset or a column."""

    kind: str
    of: str = ""
    other: str = ""
    means: bool = False


def choose(here: Here, on: ReleaseMap) -> MapColour:
    """Draw the controls and read them."""
    kind = from_list(
        "Colour by",
        [kind for kind in COLOURS if _serves(here, kind)],
        format_func=COLOURS.get,
        key="colour",
        width=230,
    )
    release, of, other = here.release, "", ""
    if kind == "largest":
        of = answer_controls.question(release, key="colour_question", width=200).name
    elif kind in ("answer", "sureness", "change"):
        of = answer_controls.answer(release, key="colour_answer", index=0)
    elif kind == "subset":
        named = {one.subset_id: one.name for one in saved.subsets(here.con)}
        of = from_list("Subset", named, key="colour_subset", width=200)
    elif kind == "own":
        own = own_column_control.choose("colour_own")
        if own is None:
            return MapColour("none")
        return MapColour(kind, own.ref, means=own.is_number and _means())
    if kind in ("change", "release"):
        others = [one.release_id for one in _others(here, kind, of)]
        other = from_list("Other release", others, key="colour_other", width=200)
    if kind == "trust":
        of = on.trust
    return MapColour(kind, of, other, _of_numbers(kind) and _means())


def colouring(here: Here, chosen: MapColour) -> Values | Classes | None:
    """Value or class of every galaxy; None to show the density only."""
    if chosen.kind == "none":
        return None
    selection = here.selection if chosen.kind == "selection" else None
    return _colouring(here, replace(chosen, means=False), selection)


def points(
    here: Here,
    on: ReleaseMap,
    sample: Sample,
    colours: Values | Classes | None,
    counted: np.ndarray | None,
) -> tuple[Points | None, tuple[Group, ...], Shade | None]:
    """The sample in its colours, with its legend.

    The legend counts the galaxies ``counted``, (N,) bool; None for all of them.
    """
    if colours is None:
        return None, (), None
    places = release_columns.coordinates(here, on)
    size = 2.4 if len(sample.rows) > 2000 else 3.2
    common = {
        "x": places.x[sample.rows],
        "y": places.y[sample.rows],
        "names": sample.names,
        "pictured": sample.pictured,
        "size": size,
    }
    if isinstance(colours, Values):
        return Points(value=colours.values[sample.rows], **common), (), shade(colours)
    kind = colours.of[sample.rows]
    return Points(kind=kind, **common), _groups(colours, counted), None


def shade(colours: Values) -> Shade:
    """The colour bar of values: title, ends, colours and digits."""
    stops = DIVERGING if colours.diverging else SEQUENCE
    digits = 2 if colours.high - colours.low < 5 else 1
    return Shade(colours.title, colours.low, colours.high, stops, digits)


def mean_layer(here: Here, on: ReleaseMap, colours: Values, window: Window) -> Picture:
    """The mean of all selected galaxies in each pixel, as colour."""
    places = release_columns.coordinates(here, on)
    chosen = release_columns.selected(here)
    x = np.where(chosen & np.isfinite(colours.values), places.x, np.nan)
    pixels = int(np.clip(chosen.sum() ** 0.5, *_MEAN_PIXELS))
    mean = density.mean_image(x, places.y, colours.values, window, pixels=pixels)
    counts = density.density_image(x, places.y, window, pixels=pixels)
    scale = shade(colours)
    png = mean_picture(
        mean, counts, low=colours.low, high=colours.high, stops=scale.stops
    )
    return Picture(png, window)


def _groups(colours: Classes, counted: np.ndarray | None) -> tuple[Group, ...]:
    """Classes with their numbers of counted galaxies and of all."""
    whole = np.bincount(colours.of, minlength=len(colours.words))
    inside = whole
    if counted is not None:
        inside = np.bincount(colours.of[counted], minlength=len(colours.words))
    return tuple(
        Group(
            word,
            "muted" if word == UNKNOWN else number,
            f"{total:,}" if counted is None else f"{some:,} / {total:,}",
        )
        for number, (word, some, total) in enumerate(
            zip(colours.words, inside, whole, strict=True)
        )
    )


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=BY_RELEASE)
def _colouring(
    here: Here, chosen: MapColour, selection: Selection | None
) -> Values | Classes:
    con, release = here.con, here.release
    kind, of = chosen.kind, chosen.of
    if kind == "largest":
        return map_colours.by_largest(con, release, release.tree.question(of))
    if kind == "answer":
        return map_colours.by_answer(con, release, of)
    if kind == "sureness":
        return map_colours.by_sureness(con, release, of)
    if kind == "change":
        return map_colours.by_change(con, release, _loaded(here, chosen.other), of)
    if kind == "release":
        return map_colours.by_release(con, release, _loaded(here, chosen.other))
    if kind == "trust":
        return map_colours.by_trust(con, release, of)
    if kind == "selection":
        mask = release_columns.selected(here)
        return map_colours.by_mask("Selection", mask, "Selected", "Not selected")
    if kind == "subset":
        mask = unpacked(Members(of)(con, release), release)
        name = saved.subset(con, of).name
        return map_colours.by_mask("Subset", mask, f"In {name}", "Not in subset")
    if kind == "own":
        return map_colours.by_own(con, release, of)
    return map_colours.by_measure(con, release, kind)


def _serves(here: Here, kind: str) -> bool:
    release = here.release
    if kind == "sureness":
        return release.has_uncertainty
    if kind in ("change", "release"):
        return bool(_others(here, kind))
    if kind == "subset":
        return bool(saved.subsets(here.con))
    if kind == "own":
        return own_column_control.is_offered("colour_own")
    if kind in MEASURED:
        return kind in release.physical
    return True


def _of_numbers(kind: str) -> bool:
    return kind in ("answer", "sureness", "trust", "change", *MEASURED)


def _means() -> bool:
    paint = one_of(
        "Draw as",
        PAINTS,
        key="paint",
        help="Points: a sample of galaxies. Means: all selected galaxies, averaged in "
        "each pixel.",
    )
    return paint == "means"


def _others(here: Here, kind: str, label: str = "") -> list[LoadedRelease]:
    """The releases to compare with; a change needs the same answer."""
    if kind == "change":
        return here.others_with([label] if label else [])
    return [one for one in here.releases if one.key != here.release.key]


def _loaded(here: Here, release_id: str) -> LoadedRelease:
    return next(one for one in here.releases if one.release_id == release_id)
