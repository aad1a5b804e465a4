"""Known limits of a release and of the method."""

import streamlit as st

from morph.analysis.one_galaxy import INTERVAL_MASS
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.dirichlet import CONCENTRATION_RANGE, reachable_probability
from morph.release.calibration_range import is_calibrated
from morph.trees.decision_tree import DecisionTree
from morph.wording import percent

LOWEST, HIGHEST = CONCENTRATION_RANGE


def draw(release: LoadedRelease | None, tree: DecisionTree) -> None:
    """The questions that a release did not learn, and general limits."""
    if release is not None and release.manifest.not_learnt:
        titles = [release.tree.question(n).title for n in release.manifest.not_learnt]
        st.warning(
            f"This model did not learn {', '.join(titles)}: predictions are "
            "no better than the mean fraction of all galaxies. Do not use them for "
            "selections.",
            icon=":material/school:",
        )
    low, high = reachable_probability(3)
    st.markdown(
        "- Vote fractions describe *this* image: faint arms and bars are lost in "
        "shallow or blurred images and at high redshift.\n"
        "- Answers are not meaningful for galaxies that are unlikely to reach the "
        "question; apply the decision tree.\n"
        "- A model is valid for images like those it was trained on or adapted to. "
        "Adaptation assumes that both surveys observe the same population of "
        "galaxies.\n"
        f"- Concentrations lie between {LOWEST:g} and {HIGHEST:g}, so an expected "
        "vote fraction never reaches 0 or 1: with three answers it is between "
        f"{low:.3f} and {high:.3f}.{_calibrated(release)}\n"
        "- σ² is largest near ρ̂ = 0.5, so it mostly marks *ambiguous* galaxies. Total "
        "concentration $A$ measures how well a fraction is *constrained*. For a model "
        "with several passes, mutual information measures how much the passes "
        "disagree.\n"
        "- Posteriors of different questions are assumed independent where they are "
        "multiplied, as in Designer.\n"
        f"- Whiskers of one galaxy are equal-tailed {percent(INTERVAL_MASS)} credible "
        "intervals; those below images are ±1σ. They show the width of the posterior, "
        "which mostly reflects disagreement between volunteers; they need not widen "
        "for a survey that the model was not trained on.\n"
        "- For a model with several passes, the posterior is their equal-weight "
        "mixture: σ² is the total variance (mean of the variances plus variance of the "
        "means), and intervals are those of the mixture.\n"
        f"{_several_paths(tree)}"
        f"{_bad_pixels(release)}"
        "- For simulated galaxies, all results describe the simulation, not the sky."
    )


def _several_paths(tree: DecisionTree) -> str:
    """The note on questions that follow several answers."""
    titles = [
        f"“{question.title}”"
        for question in tree.questions
        if len(tree.ways(question)) > 1
        or any(len(labels) > 1 for _, labels in tree.way_to(question)[-1:])
    ]
    if not titles:
        return ""
    reached, it = ("is", "it") if len(titles) == 1 else ("are", "them")
    return (
        f"- {' and '.join(titles)} {reached} reached after several answers: the "
        f"probability of reaching {it} is the sum of the probabilities of these "
        "paths.\n"
    )


def _bad_pixels(release: LoadedRelease | None) -> str:
    """The note on images with bad pixels, with their numbers."""
    counts = (release.manifest.details.images if release else None) or {}
    of_images = {
        "some bad pixels": counts.get("some"),
        "too many (`image_flag` 1)": counts.get("too_many"),
        "a band without data (2)": counts.get("no_band"),
        "clipped fluxes (4)": counts.get("clipped"),
    }
    said = [f"{number:,} with {what}" for what, number in of_images.items() if number]
    if not said:
        return ""
    return (
        "- The model saw empty sky in place of bad pixels. Of the "
        f"{counts.get('galaxies', release.galaxies):,} images of "
        f"{release.release_id}: {', '.join(said)}. Limit the image flag in the "
        "sidebar to exclude them.\n"
    )


def _calibrated(release: LoadedRelease | None) -> str:
    """The note on a release whose concentrations were calibrated."""
    if release is None or not is_calibrated(release.manifest):
        return ""
    return (
        f" Those of {release.release_id} were calibrated afterwards, separately for "
        "each question, on votes not used in training, and may exceed these limits; "
        "the sidebar shows the range of expected vote fractions for each question."
    )
