"""Where the data come from, how to cite, what the numbers are, addresses and keys."""

import streamlit as st

from morph.catalogue import inventory, release_table
from morph.export import paper_text
from morph.home import home
from morph.images.surveys import LEGACY_CREDIT
from morph.posterior.beta_tables import TOLERANCE
from morph.posterior.tree import DEFAULT, tree_called
from pages.common import here, keys
from pages.common.galaxies import release_tables
from pages.common.server import database
from pages.methods import methods_limits, methods_views

release = here.release()
con = database.cursor(home())
releases = release_table.releases(con)
st.title("Methods")
st.markdown(
    "[Data and licences](#data) · [How to cite](#cite) · [Numbers](#numbers) · "
    "[Limits](#limits) · [Addresses](#addresses) · [Keyboard](#keyboard) · "
    "[Status](#status)"
)

st.header("Where these galaxies come from", anchor="data")
methods_views.sources(releases, inventory.stores(home()))
if release is not None:
    with st.expander(f"All that {release.release_id} says of itself"):
        release_tables.provenance_table(release)
st.markdown(
    "Votes and the decision tree: the volunteers of "
    "[Galaxy Zoo](https://www.galaxyzoo.org). Pictures of the sky: the "
    "[DESI Legacy Imaging Surveys](https://www.legacysurvey.org/acknowledgment/); "
    f"credit “{LEGACY_CREDIT}”."
)

st.header("How to cite", anchor="cite")
st.markdown(
    "Cite the release, the decision tree with its votes, and, where a model was "
    "adapted, the method. For a subset, Subsets writes the paragraph for a paper."
)
if release is not None:
    st.code(paper_text.bibtex(release), language="latex", height=320)

st.header("What the numbers are", anchor="numbers")
tree = tree_called(DEFAULT) if release is None else release.tree
st.markdown(
    f"For each of the {len(tree.questions)} questions of the {tree.title} tree "
    "the model gives a Dirichlet distribution of the fractions $\\rho_a$ of volunteers "
    "that would give each answer $a$. It was fitted to counts of votes $k_a$, of which "
    "there are $N$, by their probability under that distribution. $I$ is the "
    "regularised incomplete Beta function; many at once are read off a table that errs "
    f"by less than {TOLERANCE:f}."
)
example = None
if release is not None:
    example = methods_views.example_of(release.key, con, release)
methods_views.formulas(example)
if example is not None:
    st.caption(f"Worked from the row of this galaxy in {release.release_id}.")

st.header("Known limits", anchor="limits")
methods_limits.draw(release)

st.header("Addresses", anchor="addresses")
st.markdown(
    "The address of a page holds the whole view, so a link shows the same galaxies. A "
    "range is its parameter twice: `bar_strong=0.6&bar_strong=1`. What equals the "
    "default is left out; what cannot be understood is named and ignored. Regions and "
    "subsets stand there by an id that this dashboard’s workspace knows."
)
methods_views.addresses(tree, methods_views.named(con, releases, release))

st.header("Keyboard", anchor="keyboard")
keys.sheet()

st.header("Status", anchor="status")
methods_views.status(con, home(), releases)
