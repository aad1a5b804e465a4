"""Texts about the triangle: captions, reading aid, table."""

import pandas as pd
import streamlit as st

from morph.analysis.triangle import LEAST_FOR_CONTOURS, Cloud
from morph.catalogue.release_table import LoadedRelease
from morph.geometry import ternary
from morph.geometry.ternary import LEAST_SHARE, Corners
from morph.geometry.ternary_density import MASSES
from morph.wording import percent
from pages.common import figures, words
from pages.common.here import Here
from pages.common.planes import plane_table
from pages.simplex import simplex_data
from pages.simplex.simplex_controls import Triangle
from pages.simplex.simplex_data import Placement

_MASSES = ", ".join(f"{100 * mass:.0f}" for mass in MASSES[:-1])
LINES = (
    f"Contours are expected to enclose {_MASSES} and {percent(MASSES[-1])} of the "
    "population of these galaxies"
)
_MEANING = (
    "enclosed fractions, not multiples of σ; cross-validated: of few galaxies they "
    "enclose more"
)


def spoken(at: Placement, cloud: Cloud) -> str:
    """The triangle in a sentence, for screen readers."""
    top = max(range(3), key=lambda corner: cloud.nearest[corner])
    return (
        f"Triangle of {at.corners.question.title} between "
        f"{', '.join(at.corners.words)}: {cloud.galaxies:,} of "
        f"{words.galaxies(at.release.galaxies)}, {percent(cloud.nearest[top])} of them "
        f"nearest to {at.corners.words[top]}. Plus and minus zoom, arrow keys pan, "
        "Enter opens the galaxy at the centre"
    )


def galaxies(cloud: Cloud, release: LoadedRelease) -> str:
    """The number of galaxies shown, and of the release."""
    return f"**{cloud.galaxies:,}** of {words.galaxies(release.galaxies)}"


def caption(here: Here, chosen: Triangle, cloud: Cloud, *, drawn: int) -> str:
    """What is drawn, of how many, and what the contours mean."""
    release, corners = here.release, chosen.corners
    points = f"{drawn:,} drawn at random (seed 0)" if drawn else "no points drawn"
    contours = (
        f"Grey: all {words.galaxies(release.galaxies)} (square-root scale). {LINES} "
        f"({_MEANING})."
    )
    if cloud.galaxies < LEAST_FOR_CONTOURS:
        contours = f"Fewer than {LEAST_FOR_CONTOURS} galaxies: too few for contours."
    parts = [
        f"{galaxies(cloud, release)}, {points}; counts include all galaxies. "
        f"{words.followed(release, here.selection, corners.question)}",
        contours,
    ]
    hidden = simplex_data.hidden(here, release, corners)
    if corners.left_out:
        left_out = ", ".join(release.tree.words(label) for label in corners.left_out)
        parts.append(f"Excluded: {left_out}.")
    if corners.left_out or hidden:
        parts.append(
            "Fractions are renormalised over the answers shown. Hidden: "
            f"{words.galaxies(hidden)} with less than {LEAST_SHARE:g} of the votes for "
            "these answers."
        )
    if chosen.blur:
        parts.append(
            "Blurred: each galaxy is at one draw from its posterior (seed 0); regions "
            "use its expected fractions."
        )
        if release.passes > 1:
            parts.append(
                "With several passes, the draw is from the mean concentrations."
            )
    return " ".join(parts)


def beside(release: LoadedRelease, cloud: Cloud) -> str:
    """The contours of the second release."""
    if not cloud.contours:
        return (
            f" {release.release_id} has {words.galaxies(cloud.galaxies)} here, too few "
            "for contours."
        )
    return (
        f" :red[Dashed red]: contours of {words.galaxies(cloud.galaxies)} in "
        f"{release.release_id}."
    )


def shifts(release: LoadedRelease, table: pd.DataFrame) -> str:
    """What the arrows between two releases are, or why there are none."""
    if table.empty:
        return (
            f" No arrows: too few of these galaxies are also in {release.release_id}."
        )
    return (
        f" Arrows: mean shift of {words.galaxies(int(table['galaxies'].sum()))} from "
        f"{release.release_id}, in hexagons with at least ten galaxies."
    )


def displaced(share: float | None, mass: float) -> str:
    """The fraction of galaxies where those of the first panel are."""
    if share is None:
        return "Too few galaxies to measure the displacement."
    return f"**{percent(share)}** lie inside the {percent(mass)} contour of panel 1"


def panels_caption(here: Here, corners: Corners) -> str:
    """The caption of the panels before and after adaptation."""
    return (
        f"{LINES}, in each panel ({_MEANING}); "
        ":red[dashed red]: contours of panel 1. If adaptation works, the "
        "contours of panel 3 match the red ones. "
        "Grey: all galaxies of each release, on a common square-root scale. Each panel "
        "shows the same selection. "
        f"{words.followed(here.release, here.selection, corners.question)} Regions "
        "apply to all panels."
    )


def reading(corners: Corners) -> None:
    """How to read a position in the triangle."""
    first, top, left = corners.words
    st.info(
        f"Each point is a galaxy. At the **{first}** corner all volunteers are "
        "expected to give that answer, on the opposite side none; likewise for "
        f"**{top}** and **{left}**. "
        "Dashed lines through the pointer, one for each answer, meet the axis of the "
        "same colour at the fraction of that answer. The three fractions sum to 1.",
        icon=":material/school:",
    )


def table(here: Here, at: Placement) -> None:
    """Counts in cells of a tenth of the first and the second fraction."""
    corners = at.corners
    first, second, _ = corners.words
    names = {
        "first_low": f"{first} from",
        "first_high": f"{first} to",
        "second_low": f"{second} from",
        "second_high": f"{second} to",
        "galaxies": "Galaxies",
    }

    def rows() -> pd.DataFrame:
        counts = ternary.count_table(simplex_data.counts(here, at))
        return counts.rename(columns=names)

    figures.table(
        rows,
        plane_table.columns(names.values(), "%.1f"),
        key="triangle_table",
        alt="Number of galaxies in cells of the triangle",
    )
