"""The posterior of one galaxy for one question: triangle with contours, or curve."""

import numpy as np
import pandas as pd
import streamlit as st

from morph.analysis import galaxy_posterior
from morph.analysis.galaxy_posterior import OnTriangle
from morph.catalogue.release_table import LoadedRelease
from morph.figures import posterior_figures
from morph.figures.in_print.numbers import of_triangles
from morph.figures.plane_scene import Points
from morph.geometry.ternary import Corners, suggested_corners, to_plane
from morph.home import release_folder
from morph.trees.decision_tree import Question
from pages.common import answer_controls, figure_file, figures, words
from pages.common.components.plane import plane
from pages.common.here import Here
from pages.common.planes import triangle_frame
from pages.galaxy.galaxy_answers import QUESTION

HEIGHT = 330  # pixels
_CORNERS = {Corners: lambda one: (one.question.labels, one.groups)}
_WIDTHS = {0.68: 2.4, 0.95: 1.5}


def draw(here: Here, iauname: str, beside: LoadedRelease | None) -> None:
    """The posterior for the chosen question, also of another release, and its table."""
    question = answer_controls.question(
        here.release,
        "Posterior for",
        key=QUESTION,
        width=240,
        help="Probability density of the vote fractions of this galaxy. You can also "
        "click a row on the left.",
    )
    passes = _passes(here, here.release, iauname, question)
    if passes is None:
        st.info(
            "This release has vote fractions only, so there is no posterior to draw.",
            icon=":material/info:",
        )
        return
    corners = suggested_corners(here.release.tree).get(question.name)
    if corners is None:
        _curve(passes, question)
    else:
        then = beside and _passes(here, beside, iauname, question)
        _triangle(iauname, passes, then, corners, beside)
    _table(passes, question)


def _passes(
    here: Here, release: LoadedRelease, iauname: str, question: Question
) -> np.ndarray | None:
    folder = release_folder(here.root, release.release_id)
    return galaxy_posterior.concentrations(
        here.con, release, folder, iauname, question.labels
    )


def _curve(passes: np.ndarray, question: Question) -> None:
    answer = question.words[0]
    posterior = galaxy_posterior.curve(passes, 0)
    low, high = posterior.intervals[0.95]
    figures.chart(
        posterior_figures.density(posterior, answer),
        key="posterior_curve",
        alt=f"Density of the vote fraction for {answer}: mean {posterior.mean:.2f}, "
        f"95% credible interval {low:.2f} to {high:.2f}",
    )
    curve = "Mean Beta density of all passes" if len(passes) > 1 else "Beta density"
    mixture = words.of_mixture(len(passes))
    st.caption(
        f"{curve}; the remaining votes are for {question.words[1]}. Shaded: 68% and "
        f"95% credible intervals{mixture}."
    )


def _triangle(
    iauname: str,
    passes: np.ndarray,
    then: np.ndarray | None,
    corners: Corners,
    beside: LoadedRelease | None,
) -> None:
    now = _on_triangle(passes, corners)
    lines = triangle_frame.contours(now.contours, _WIDTHS, "accent")
    whole = words.of_mixture(len(passes)) or " of the posterior"
    caption = f"Contours enclose 68% and 95%{whole}; dot: mean."
    if then is not None:
        before = _on_triangle(then, corners).contours
        dashed = triangle_frame.contours(before, _WIDTHS, "red", dash=True)
        lines = (*dashed, *lines)
        caption += f" :red[Dashed red]: {beside.release_id}."
    if corners.left_out:
        caption += (
            " Renormalised over these three corners, which have "
            f"{now.inside:.2f} of the expected votes."
        )
    if not any(now.contours.values()):
        caption += " No contours: the posterior is uniform."
    x, y = to_plane(now.mean)
    dot = Points(np.array([x]), np.array([y]), size=4.5)
    scene = triangle_frame.scene(
        corners,
        _spoken(now, corners),
        lines=lines,
        labels=triangle_frame.masses(now.contours.items(), "accent"),
        points=dot,
        fixed=True,
        height=HEIGHT,
        tools=False,
    )
    plane(scene, key=f"posterior_{corners.question.name}")
    figure_file.offer_planes(
        [scene],
        key=f"posterior_{corners.question.name}",
        caption=f"{_spoken(now, corners)}. {iauname}. {caption}",
        table=lambda: of_triangles({iauname: (now.contours, dot)}, corners.words),
    )
    st.caption(caption)


@st.cache_resource(max_entries=200, show_spinner=False, hash_funcs=_CORNERS)
def _on_triangle(passes: np.ndarray, corners: Corners) -> OnTriangle:
    return galaxy_posterior.on_triangle(passes, corners)


def _spoken(posterior: OnTriangle, corners: Corners) -> str:
    shares = zip(corners.words, posterior.mean, strict=True)
    mean = ", ".join(f"{words} {share:.2f}" for words, share in shares)
    return f"Posterior for {corners.question.title} in its triangle; mean {mean}"


def _table(passes: np.ndarray, question: Question) -> None:
    def rows() -> pd.DataFrame:
        posterior = galaxy_posterior.summary(passes, question)
        table = pd.DataFrame({"Answer": posterior["answer"], "Mean": posterior["mean"]})
        for mass in ("68", "95"):
            ends = zip(posterior[f"low_{mass}"], posterior[f"high_{mass}"], strict=True)
            table[f"{mass}%"] = [f"{low:.3f} to {high:.3f}" for low, high in ends]
        return table

    figures.table(
        rows,
        {"Mean": figures.number(form="%.3f")},
        key="posterior_table",
        alt=f"Posterior for {question.title}: mean and credible intervals",
    )
