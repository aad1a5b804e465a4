"""What the numbers are, where they come from, and how to cite them."""

import streamlit as st

from morph.dirichlet import CONCENTRATION_RANGE, reachable_probability
from morph.one_galaxy import INTERVAL_MASS
from morph.tree import GZD5
from pages.common import frame, loaded

LOWEST, HIGHEST = CONCENTRATION_RANGE

release = frame.release()
st.title("Methods")
if release is not None:
    st.header("Where these galaxies come from")
    loaded.provenance_table(release)
    st.code(release.manifest.citation, language=None, wrap_lines=True)

st.header("What the numbers are")
st.markdown(
    f"For each of the {len(GZD5.questions)} questions of the Galaxy Zoo DECaLS tree "
    "the model gives a Dirichlet distribution of the fractions of volunteers that "
    "would give each answer, with concentrations $\\alpha_a$. With "
    "$A = \\sum_a \\alpha_a$:"
)
left, right = st.columns(2)
left.markdown(
    r"""
| quantity | formula |
|---|---|
| expected probability | $\hat\rho_a = \alpha_a / A$ |
| variance | $\sigma_a^2 = \hat\rho_a (1 - \hat\rho_a) / (A + 1)$ |
| probability above t | $P(\rho_a > t) = 1 - I_t(\alpha_a,\, A - \alpha_a)$ |
| probability asked | product of $\hat\rho$ up the tree |
"""
)
right.markdown(
    "**A worked example.** Bar with concentrations 20 (strong), 6 (weak), 4 (none): "
    r"$A = 30$, $\hat\rho_\mathrm{strong} = 0.667$, "
    r"$\sigma_\mathrm{strong}^2 = 0.667 \times 0.333 / 31 = 0.0072$. "
    "$I$ is the regularised incomplete Beta function, so $P$ is exact."
)
low, high = reachable_probability(3)
st.markdown(
    f"- Concentrations lie between {LOWEST:g} and {HIGHEST:g}, so a probability never "
    f"reaches 0 or 1: with three answers it lies between {low:.3f} and {high:.3f}.\n"
    "- σ² is largest near ρ̂ = 0.5: it mostly shows *ambiguous* galaxies. Total "
    "concentration $A$ shows how well a fraction is *known*; mutual information, where "
    "a model made several passes, how far the passes disagree.\n"
    f"- Whiskers hold {INTERVAL_MASS:.0%} of the posterior, the same on either side.\n"
    "- “Merging” is asked after smooth and after featured galaxies alike: its "
    "probability asked is the sum of both.\n"
    "- Questions marked *not learnt* are predicted no better than by everybody’s mean "
    "fraction; do not select by them."
)

st.header("Addresses")
st.markdown(
    "The address of a page holds all of the selection, so a link shows the same "
    "galaxies: `bar_strong=0.6&bar_strong=1` is a range, `rule` how the tree is "
    "followed, `sure`, `sure_answer`, `sure_t`, `sure_c` and `sure_share` how sure the "
    "model must be, `release` which release. What cannot be understood is named and "
    "left out."
)

st.header("Credits")
st.markdown(
    "Decision tree, votes and the published posteriors: the volunteers of Galaxy Zoo "
    "and [Walmsley et al. 2022](https://doi.org/10.1093/mnras/stab2093). Adaptation to "
    "BASS and MzLS: Ye et al. 2025. Pictures and stretch: the "
    "[DESI Legacy Imaging Surveys](https://www.legacysurvey.org/acknowledgment/)."
)
