"""What the numbers cannot say, in words."""

import streamlit as st

from morph.analysis.one_galaxy import INTERVAL_MASS
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.dirichlet import CONCENTRATION_RANGE, reachable_probability
from morph.release.calibration_range import is_calibrated
from morph.wording import percent

LOWEST, HIGHEST = CONCENTRATION_RANGE


def draw(release: LoadedRelease | None) -> None:
    """What this release did not learn, and what no release can tell."""
    if release is not None and release.manifest.not_learnt:
        titles = [release.tree.question(n).title for n in release.manifest.not_learnt]
        st.warning(
            f"{release.release_id} did not learn {', '.join(titles)}: predicted no "
            "better than by everybody’s mean fraction. Do not select by them.",
            icon=":material/school:",
        )
    low, high = reachable_probability(3)
    st.markdown(
        "- An answer is what volunteers would say of *this* picture: faint arms and "
        "bars are lost in shallow or blurred pictures and at high redshift.\n"
        "- Below a question that is hardly asked, answers mean little; follow the "
        "tree.\n"
        "- A model holds for pictures like those it learnt from or was adapted to. "
        "Adaptation assumes that both surveys look at the same kind of galaxies.\n"
        f"- Concentrations lie between {LOWEST:g} and {HIGHEST:g}, so a probability "
        f"never reaches 0 or 1: with three answers it lies between {low:.3f} and "
        f"{high:.3f}.{_calibrated(release)}\n"
        "- σ² is largest near ρ̂ = 0.5: it mostly shows *ambiguous* galaxies. Total "
        "concentration $A$ shows how well a fraction is *known*; mutual information, "
        "where a model made several passes, how far the passes disagree.\n"
        "- Posteriors of different questions are taken as independent where they are "
        "multiplied, as in Designer.\n"
        f"- Whiskers of one galaxy hold {percent(INTERVAL_MASS)} of the posterior, the "
        "same on either side; those beneath pictures reach one σ to either side. They "
        "are the model’s own and not wider where a survey is new to it.\n"
        "- Where a model made several passes, the posterior is the even mixture of "
        "theirs: σ² is the total variance, the mean of their variances and the "
        "variance of their means, and intervals are those of the mixture.\n"
        "- “Merging” is asked after smooth and after featured galaxies alike: its "
        "probability asked is the sum of both.\n"
        "- Where galaxies are simulated, everything shown holds for the simulation, "
        "not for the sky."
    )


def _calibrated(release: LoadedRelease | None) -> str:
    """What is said beside it where a release's were changed afterwards."""
    if release is None or not is_calibrated(release.manifest):
        return ""
    return (
        f" Those of {release.release_id} were then calibrated, question by question, "
        "on votes that its model had not learnt from, and may lie outside; how far a "
        "probability reaches stands beside each question."
    )
