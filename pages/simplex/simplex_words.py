"""What Simplex says of its triangle: captions, the reading aid, the table."""

import pandas as pd
import streamlit as st

from morph.analysis.triangle import LEAST_FOR_CONTOURS, Cloud
from morph.catalogue.release_table import LoadedRelease
from morph.geometry.ternary import LEAST_SHARE, Corners
from morph.geometry.ternary_density import MASSES
from morph.wording import percent
from pages.common import words
from pages.common.here import Here

_MASSES = ", ".join(f"{100 * mass:.0f}" for mass in MASSES[:-1])
BLURRED = (
    " Blurred: each galaxy stands where one draw from its own posterior lies (seed 0); "
    "regions count it at its expected fractions."
)
LINES = f"Lines hold {_MASSES} and {percent(MASSES[-1])} of the galaxies"


def spoken(release: LoadedRelease, cloud: Cloud, corners: Corners) -> str:
    """The triangle in a sentence, for who cannot see it."""
    top = max(range(3), key=lambda corner: cloud.nearest[corner])
    return (
        f"Triangle of {corners.question.title} between {', '.join(corners.words)}: "
        f"{cloud.galaxies:,} of {words.galaxies(release.galaxies)}, "
        f"{percent(cloud.nearest[top])} of them nearest to {corners.words[top]}. Plus "
        "and minus zoom, arrows move, Enter opens the galaxy in the middle"
    )


def galaxies(cloud: Cloud, release: LoadedRelease) -> str:
    """How many galaxies a triangle shows of how many."""
    return f"**{cloud.galaxies:,}** of {words.galaxies(release.galaxies)}"


def caption(
    here: Here, corners: Corners, cloud: Cloud, *, hidden: int, drawn: int
) -> str:
    """What is drawn, of how many, and what the lines mean."""
    release = here.release
    points = f"{drawn:,} drawn (seed 0)" if drawn else "none drawn as points"
    said = [
        f"{galaxies(cloud, release)}, {points}, all counted. "
        f"{words.followed(release, here.selection, corners.question)}",
        f"Grey: all {release.galaxies:,}, on the scale of a square root. {LINES} "
        "(mass, not σ).",
    ]
    if cloud.galaxies < LEAST_FOR_CONTOURS:
        said[1] = (
            f"Fewer than {LEAST_FOR_CONTOURS} galaxies: no contours, they would draw "
            "chance."
        )
    if corners.left_out:
        left_out = ", ".join(release.tree.words(label) for label in corners.left_out)
        said.append(f"Left out: {left_out}.")
    if corners.left_out or hidden:
        said.append(
            f"Renormalised over the corners’ answers; {words.galaxies(hidden)} with "
            f"less than {LEAST_SHARE:g} of the votes in them are hidden."
        )
    return " ".join(said)


def beside(release: LoadedRelease, cloud: Cloud) -> str:
    """What the second release's lines are."""
    if not cloud.contours:
        return (
            f" {release.release_id} has {words.galaxies(cloud.galaxies)} here, too few "
            "for contours."
        )
    return (
        f" :red[Dashed red]: the same of {words.galaxies(cloud.galaxies)} in "
        f"{release.release_id}."
    )


def shifts(release: LoadedRelease, table: pd.DataFrame) -> str:
    """What the arrows are."""
    if table.empty:
        return f" No arrows: too few galaxies are in {release.release_id} as well."
    return (
        f" Arrows: mean shift of {words.galaxies(int(table['galaxies'].sum()))} from "
        f"{release.release_id} to here, in hexagons with at least ten."
    )


def displaced(share: float | None, mass: float) -> str:
    """How many galaxies lie where those of the first panel do."""
    if share is None:
        return "Too few galaxies to say how displaced they are."
    return f"**{percent(share)}** inside the first panel’s line of {percent(mass)}"


def panels_caption(here: Here, corners: Corners) -> str:
    """What the three panels have in common."""
    return (
        f"{LINES} of their own panel (mass, not σ); :red[dashed red]: the lines of the "
        "first panel again. Where adaptation works, the third panel’s lines lie on the "
        "red ones. Grey: all galaxies of each release, the three on one scale of a "
        "square root. The same selection in each panel. "
        f"{words.followed(here.release, here.selection, corners.question)} A region "
        "drawn in one panel is counted in all."
    )


def reading(corners: Corners) -> None:
    """How a place in the triangle is read."""
    first, top, left = corners.words
    st.info(
        f"Each point is a galaxy. At the corner **{first}** every volunteer is "
        f"expected to say so, on the side across nobody; likewise **{top}** and "
        f"**{left}**. "
        "Through the pointer runs a dashed line for each answer: follow it to the "
        "numbers of its colour to read that answer’s share. The three sum to 1.",
        icon=":material/school:",
    )


def table(counts: pd.DataFrame, corners: Corners) -> None:
    """Galaxies in steps of a tenth of the first and the second share."""
    first, second, _ = corners.words
    shown = counts.rename(
        columns={
            "first_low": f"{first} from",
            "first_high": f"{first} to",
            "second_low": f"{second} from",
            "second_high": f"{second} to",
            "galaxies": "Galaxies",
        }
    )
    tenth = st.column_config.NumberColumn(format="%.1f")
    st.dataframe(
        shown,
        hide_index=True,
        column_config={name: tenth for name in shown.columns[:4]}
        | {"Galaxies": st.column_config.NumberColumn(format="localized")},
        alt=f"{len(shown)} cells of the triangle with their galaxies",
    )
