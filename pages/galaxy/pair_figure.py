"""A galaxy in two surveys as a figure for print, figure 1 of Ye et al. 2025."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from morph.analysis import two_surveys
from morph.analysis.one_galaxy import Galaxy, QuestionPosterior
from morph.catalogue.release_table import LoadedRelease
from morph.home import cutouts_folder
from morph.images import rendering, store
from morph.images.new_stores.made_for import store_names
from morph.images.rendering import COLOUR, ImageStyle
from morph.images.stretch import STRETCHES, VIEWER_Q
from morph.images.survey.survey import Survey
from morph.images.surveys import Held, survey_called
from morph.release.manifest import SIMULATED
from pages.common import figure_file, words
from pages.common.figure_file import Drawing
from pages.common.galaxies import find
from pages.common.galaxies.tree_cards import REACHED
from pages.common.here import Here
from pages.galaxy import pair_example

# It imports matplotlib, which only somebody who wants a file waits for.
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from morph.figures.in_print.answer_bars import Answered
    from morph.figures.in_print.sheet import Sheet
    from morph.figures.in_print.survey_pair import SurveyPanel

TITLE = "Save figure of both surveys"


def offer(
    here: Here,
    galaxy: Galaxy,
    held: Sequence[Held],
    *,
    beside: Held | None,
    look: tuple[ImageStyle, int],
) -> None:
    """A menu for the figure, or the reason why there is none and an example.

    ``held`` are the images of the galaxy, ``beside`` the one chosen as second, ``look``
    the chosen rendering and the zoom factor.
    """
    second = _second(held, beside)
    if second is None:
        _refuse(here, galaxy, "No image of this galaxy in a second survey is loaded.")
        return
    both = (held[0], second)
    fields = [one.field_arcsec for one in both]
    if None in fields:
        _refuse(here, galaxy, "The pixel scale of one image is unknown.")
        return
    style, zoom = look
    field = min(fields) / zoom

    @cache
    def classified() -> list[tuple[LoadedRelease, Galaxy] | None]:
        return [(here.release, galaxy), _classified(here, second)]

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import survey_pair

        panels = [
            _panel(here, one, style, field, of)
            for one, of in zip(both, classified(), strict=True)
        ]
        notes = f"{galaxy.iauname}. {_rendered(style, both)}. {_credits(both)}"
        dark = not style.invert
        return [
            survey_pair.pair(panels, on, field_arcsec=field, notes=notes, dark=dark)
        ]

    with st.container(horizontal=True, vertical_alignment="center"):
        pair_example.button(here, galaxy.iauname)
        figure_file.offer(
            Drawing(draw, lambda: _table(both, classified())),
            key=f"pair_{galaxy.iauname}",
            caption=lambda: _caption(galaxy, both, style, field, classified()),
            title=TITLE,
        )


def _refuse(here: Here, galaxy: Galaxy, reason: str) -> None:
    """The button without effect, the reason beside it, and an example to open."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            TITLE,
            icon=":material/print:",
            type="tertiary",
            key="no_pair",
            disabled=True,
        )
        st.caption(reason, width="content")
        pair_example.button(here, galaxy.iauname)


def _second(held: Sequence[Held], beside: Held | None) -> Held | None:
    """The image beside the first: the chosen one, if it is of another survey."""
    chosen = () if beside is None else (beside,)
    others = (*chosen, *held[1:])
    return next((one for one in others if one.survey != held[0].survey), None)


def _classified(here: Here, held: Held) -> tuple[LoadedRelease, Galaxy] | None:
    """A release of the same tree that classified an image, and its galaxy.

    The one compared with on the page, if it did, else the newest.
    """
    compared = st.session_state.get("beside") or st.query_params.get("beside")
    mine = here.release.manifest.origin in SIMULATED
    others = [
        one
        for one in here.others
        if (one.manifest.origin in SIMULATED) == mine
        and find.holds(here.con, one, held.iauname)
    ]
    others.sort(key=lambda one: one.release_id != compared)
    for release in others:
        stores = store_names(here.root, release.manifest)
        of_survey = not stores and release.manifest.survey == held.manifest.survey
        if held.store in stores or of_survey:
            return release, find.of_release(here.con, release, held.iauname, here.root)
    return None


def _panel(
    here: Here,
    held: Held,
    style: ImageStyle,
    field: float,
    of: tuple[LoadedRelease, Galaxy] | None,
) -> "SurveyPanel":
    from morph.figures.in_print.pictures import Pictured
    from morph.figures.in_print.survey_pair import SurveyPanel

    folder, survey = (
        cutouts_folder(here.root, held.store),
        survey_called(held.manifest.survey),
    )
    pixels = rendering.draw(
        store.find_cutout(folder, held.iauname),
        replace(style, field_arcsec=field),
        pixscale_arcsec=held.pixscale_arcsec,
        colours=survey.colours,
    )
    source = f"No loaded release classified this image of {held.survey}."
    return SurveyPanel(
        _title(held),
        _seeing(survey, style),
        Pictured(held.iauname, pixels, held.pixscale_arcsec),
        _answered(*of) if of else (),
        of[0].release_id if of else source,
    )


def _title(held: Held) -> str:
    simulated = held.manifest.origin in SIMULATED
    return f"{held.survey} (simulated)" if simulated else held.survey


def _seeing(survey: Survey, style: ImageStyle) -> str:
    """The median PSF width of the survey in the bands shown; empty if unknown."""
    bands = [one for one in survey.in_order if style.bands in (COLOUR, one.place)]
    if any(one.fwhm_arcsec is None for one in bands):
        return ""
    widths = ", ".join(f"{one.place} {one.fwhm_arcsec:.2f}″" for one in bands)
    return f"PSF FWHM: {widths}"


def _answered(release: LoadedRelease, galaxy: Galaxy) -> "tuple[Answered, ...]":
    from morph.figures.in_print.answer_bars import Answered, Fraction

    rows = []
    for posterior, labels in _shown(release, galaxy):
        fractions = tuple(
            Fraction(one.words, one.probability, one.lower, one.upper)
            for one in posterior.answers
            if one.label in labels and one.probability is not None
        )
        asked = posterior.asked
        reached = "" if asked is None else f", P(reached) {asked:.2f}"
        muted = asked is None or asked < REACHED
        rows.append(Answered(f"{posterior.question.title}{reached}", fractions, muted))
    return tuple(rows)


def _shown(
    release: LoadedRelease, galaxy: Galaxy
) -> Iterator[tuple[QuestionPosterior, tuple[str, ...]]]:
    """Questions of the figure with the labels of their answers there."""
    by_name = {one.question.name: one for one in galaxy.questions}
    for question, labels in two_surveys.shown_questions(release.tree):
        yield by_name[question.name], labels


def _rendered(style: ImageStyle, both: Sequence[Held]) -> str:
    """Bands and stretch of the images, in words."""
    bands = "g, r, z composite" if style.bands == COLOUR else f"{style.bands} band"
    stretch = STRETCHES[style.stretch].note
    values = {survey_called(one.manifest.survey).colours.q for one in both}
    if style.stretch == "viewer" and values != {VIEWER_Q}:
        stretch = "asinh with Q = " + " and ".join(f"{q:g}" for q in sorted(values))
    return f"{bands}, {stretch}{', inverted' * style.invert}"


def _credits(both: Sequence[Held]) -> str:
    return " ".join(f"{one.survey}: {one.credit}." for one in both)


def _caption(
    galaxy: Galaxy,
    both: Sequence[Held],
    style: ImageStyle,
    field: float,
    classified: Sequence[tuple[LoadedRelease, Galaxy] | None],
) -> str:
    first, second = both
    parts = [
        f"{galaxy.iauname} in {_title(first)} and {_title(second)}.",
        f"Images: {_rendered(style, both)}, the same in both; {field:.1f} arcsec wide, "
        "north up, east left. PSF FWHM: medians of the surveys.",
        "Bars: expected vote fractions; lines: 90% credible intervals; P(reached): "
        f"probability of reaching the question, grey if below {REACHED:g}.",
    ]
    if second.iauname != galaxy.iauname:
        apart = f"{second.separation_arcsec:.1f} arcsec away"
        parts.append(f"In {second.survey} it is {second.iauname}, {apart}.")
    for held, of in zip(both, classified, strict=True):
        whose = f"release {of[0].release_id}" if of else "not in a loaded release"
        parts.append(f"Fractions from {held.survey}: {whose}.")
    if first.manifest.origin in SIMULATED:
        parts.append("The galaxy and both images are simulated, not observed.")
    return words.plain(" ".join(parts))


def _table(
    both: Sequence[Held],
    classified: Sequence[tuple[LoadedRelease, Galaxy] | None],
) -> pd.DataFrame:
    """The numbers of the bars, a row for each."""
    rows = []
    for held, of in zip(both, classified, strict=True):
        about = {"survey": _title(held), "store": held.store, "iauname": held.iauname}
        if of is None:
            rows.append(about)
            continue
        for posterior, labels in _shown(*of):
            rows.extend(
                about
                | {
                    "posterior_of": of[0].release_id,
                    "question": posterior.question.name,
                    "asked": posterior.asked,
                    "answer": one.label,
                    "fraction": one.probability,
                    "low_90": one.lower,
                    "high_90": one.upper,
                }
                for one in posterior.answers
                if one.label in labels
            )
    return pd.DataFrame(rows)
