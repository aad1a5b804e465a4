"""Data and licences, citations, formulas, limits, URL parameters, keys, status."""

import streamlit as st

from morph.catalogue import inventory, release_table
from morph.export import paper_text
from morph.home import home
from morph.images.surveys import LEGACY_CREDIT
from morph.posterior.beta_tables import TOLERANCE
from morph.trees.decision_tree import DEFAULT, tree_called
from pages.common import here, keys
from pages.common.galaxies import release_tables
from pages.common.server import database
from pages.methods import methods_limits, methods_views

release = here.release()
con = database.cursor(home())
releases = release_table.releases(con)
st.title("Methods")
st.markdown(
    "[Data and licences](#data) · [How to cite](#cite) · [Formulas](#numbers) · "
    "[Known limits](#limits) · [URL parameters](#addresses) · [Keyboard](#keyboard) · "
    "[Status](#status)"
)

st.header("Data and licences", anchor="data")
stores = inventory.stores(home())
methods_views.sources(releases, stores)
methods_views.surveys(releases, stores)
if release is not None:
    with st.expander(f"Metadata of {release.release_id}"):
        release_tables.provenance_table(release)
st.markdown(
    "Votes and the decision tree: the volunteers of "
    "[Galaxy Zoo](https://www.galaxyzoo.org). Images of the sky: the "
    "[DESI Legacy Imaging Surveys](https://www.legacysurvey.org/acknowledgment/), "
    f"CC BY 4.0; credit “{LEGACY_CREDIT}”. Positions of NGC, IC and Messier objects: "
    "[OpenNGC](https://github.com/mattiaverga/OpenNGC), CC BY-SA 4.0."
)

st.header("How to cite", anchor="cite")
st.markdown(
    "Cite the release, the decision tree and its votes, and, for an adapted model, the "
    "method. For a subset, the Subsets page drafts a paragraph for the methods section "
    "of a paper."
)
if release is not None:
    st.code(paper_text.bibtex(release), language="latex", height=320)

st.header("Formulas", anchor="numbers")
tree = tree_called(DEFAULT) if release is None else release.tree
st.markdown(
    f"For each of the {len(tree.questions)} questions of the {tree.title} tree, "
    "a release with posteriors gives a Dirichlet distribution of the vote fractions "
    "$\\rho_a$ of the answers $a$, predicted by a model. morph trains a model "
    "by maximising the Dirichlet-multinomial likelihood of the vote counts $k_a$, "
    "$N$ in total. $I$ is the regularised incomplete beta function; for many "
    f"galaxies at once it is interpolated, with errors below {TOLERANCE:f}."
)
example = None if release is None else methods_views.example_of(con, release)
methods_views.formulas(example)
if example is not None:
    st.caption(f"Worked example: this galaxy in {release.release_id}.")

st.header("Known limits", anchor="limits")
methods_limits.draw(release, tree)

st.header("URL parameters", anchor="addresses")
st.markdown(
    "The URL of a page describes the whole view, so a link shows the same galaxies. A "
    f"range repeats its parameter: `{tree.first_answer}=0.6&{tree.first_answer}=1`. "
    "Defaults are omitted; "
    "invalid parameters are reported and ignored. Regions and subsets are given by ids "
    "in this dashboard’s workspace."
)
methods_views.addresses(tree, methods_views.named(con, releases, release))

st.header("Keyboard", anchor="keyboard")
keys.sheet()

st.header("Status", anchor="status")
methods_views.status(con, home(), releases)
