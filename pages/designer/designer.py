"""Design a sample: the purity wanted, the cuts that reach it, what they cost."""

import streamlit as st

from morph.analysis.purity import cut_for_purity
from morph.analysis.purity_of_release import with_cut
from morph.errors import MorphError
from morph.figures import purity_figures
from pages.common import answer_controls, words
from pages.common.galaxies import empty_selection
from pages.common.here import current, end
from pages.designer import designer_blocks

here = current()
release, tree = here.release, here.release.tree
if not release.has_uncertainty:
    st.info(
        f"{release.release_id} has vote fractions without posteriors, so how pure a "
        "sample is cannot be said. Choose a release with posteriors above.",
        title="No posteriors",
        icon=":material/help:",
    )
    end()

with st.container(horizontal=True, vertical_alignment="bottom"):
    label = answer_controls.answer(release)
    threshold = answer_controls.threshold(release)
    percent = st.slider(
        "Purity of at least",
        50,
        99,
        90,
        format="%d%%",
        key="purity",
        bind="query-params",
        width=220,
        help="The share of the sample that truly has the answer, tree and all",
    )
    judged = "Posteriors"
    if release.has_votes:
        judged = st.segmented_control(
            "Judged by",
            ("Posteriors", "Votes"),
            default="Posteriors",
            required=True,
            key="judged",
            bind="query-params",
        )
answer, question = tree.words(label), tree.question_of(label)
if question.name in release.manifest.not_learnt:
    st.warning(
        f"This model did not learn {question.title}: no cut on it makes a pure sample.",
        icon=":material/school:",
    )

if here.funnel.left == 0:
    empty_selection.draw(here)
    end()
found = designer_blocks.designed(here, label, threshold)
judge = found.expected if judged == "Posteriors" else found.voted
chosen = None
try:
    chosen = found.expected.loc[cut_for_purity(judge, percent / 100).name]
except MorphError as problem:
    st.warning(words.sentence(f"{problem}."), icon=":material/filter_alt_off:")
if not found.expected["galaxies"].any():
    end()  # there is nothing to draw

if chosen is not None:
    selection = with_cut(here.selection, label, threshold, float(chosen["cut"]))
    designer_blocks.promise(chosen, answer, found.population)
    left, right = st.columns(2, gap="large")
    with left:
        designer_blocks.cuts_in_words(selection, release)
        designer_blocks.use_button(here, selection, int(chosen["galaxies"]))
    with right:
        if found.voted is not None:
            designer_blocks.by_votes(found.voted.loc[chosen.name], found.judged)
        st.caption(
            f"A galaxy truly has the answer if more than {threshold:g} of all "
            "volunteers would give it, and more than half of them each answer on the "
            "way to its question."
        )
st.header("What purity costs")
st.plotly_chart(
    purity_figures.size_and_completeness(
        found.expected, found.voted, wanted=percent / 100, chosen=chosen
    ),
    key="design",
    config={"displayModeBar": False},
    alt=f"Size and completeness of samples of {answer} against their purity",
)
st.caption("Every point is a cut on P(ρ > t). Dotted line: the purity wanted.")
with st.expander("The same as a table"):
    designer_blocks.table(found)
