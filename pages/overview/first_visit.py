"""For a first visit: what this is, three steps to try, and a glossary."""

import streamlit as st

from morph.catalogue.release_table import LoadedRelease

WHAT = (
    "Select galaxies by what volunteers of Galaxy Zoo see in their images, or would "
    "see according to a model, and by how certain that is; look at them, and download "
    "them with their numbers."
)
_STEPS = (  # page, label, icon, meaning
    (
        "../../explore/explore.py",
        "Select galaxies",
        ":material/grid_view:",
        "Set vote-fraction limits on the left and inspect the results.",
    ),
    (
        "../../galaxy/galaxy.py",
        "Inspect one galaxy",
        ":material/center_focus_strong:",
        "By name, position, or a pasted sky-viewer link.",
    ),
)
_MAP = (
    "../../map/map.py",
    "Explore the feature map",
    ":material/map:",
    "A map of image features places similar galaxies close together.",
)
_WITHOUT_MAP = (
    "../../simplex/simplex.py",
    "Compare three answers",
    ":material/change_history:",
    "A ternary plot of the galaxies for three answers. This release has no map.",
)
_FRACTION = (
    "ρ",
    "Vote fraction: of the volunteers who reach a question, the fraction who give an "
    "answer. ρ̂ is its expected value.",
)
_UNCERTAINTY = (
    (
        "σ",
        "Standard deviation of ρ: how well the vote fraction is known. σ² is its "
        "variance. Low values are more certain.",
    ),
    (
        "Concentration",
        "The posterior of a question is a Dirichlet distribution with a concentration "
        "α for each answer: ρ̂ = α / Σα. Their sum Σα is an effective number of votes; "
        "higher is more certain.",
    ),
)
_UMAP = (
    "UMAP",
    "A method that places galaxies with similar image features close together on a "
    "map. Distances between separate groups are not meaningful.",
)


def steps(release: LoadedRelease) -> None:
    """Three steps to try, each a link."""
    links = (*_STEPS, _MAP if release.maps else _WITHOUT_MAP)
    columns = st.columns(len(links), border=True)
    for number, (column, link) in enumerate(zip(columns, links, strict=True), start=1):
        page, label, icon, meaning = link
        column.page_link(page, label=f"**{number}. {label}**", icon=icon)
        column.caption(meaning)


def glossary(release: LoadedRelease) -> None:
    """Words that pages use, each explained in a tooltip."""
    uncertainty = _UNCERTAINTY if release.has_uncertainty else ()
    words = (_FRACTION, *uncertainty, *((_UMAP,) if release.maps else ()))
    with st.container(horizontal=True, vertical_alignment="center", key="glossary"):
        st.caption("Glossary:", width="content")
        for word, meaning in words:
            st.caption(word, help=meaning, width="content")
