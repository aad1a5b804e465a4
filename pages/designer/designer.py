"""Design a sample: choose a purity, get the cut and its completeness."""

import streamlit as st

from morph.analysis.purity import cut_for_purity
from morph.analysis.purity_of_release import judged_by_votes, with_cut
from morph.errors import MorphError
from morph.figures import purity_figures
from morph.selection.certainty.certainty import Surest
from pages.common import answer_controls, figures, words
from pages.common.address import controls
from pages.common.galaxies import empty_selection
from pages.common.here import current, end
from pages.designer import designer_blocks as blocks

_CAPTION = "Each point is a cut on P(ρ > t). Dotted line: the chosen purity."

here = current()
release, tree = here.release, here.release.tree
if not release.has_uncertainty:
    st.info(
        f"{release.release_id} has vote fractions without posteriors, so purity cannot "
        "be estimated. Choose a release with posteriors at the top of the page.",
        title="No posteriors",
        icon=":material/help:",
    )
    end()

with st.container(horizontal=True, vertical_alignment="bottom"):
    label = answer_controls.answer(release)
    threshold = answer_controls.threshold(release)
    percent = controls.slider(
        "Minimum purity",
        50,
        99,
        90,
        format="%d%%",
        key="purity",
        width=220,
        help="Fraction of the sample that truly has the answer and all parent answers",
    )
    judged = "Posteriors"
    if judged_by_votes(release):
        judged = controls.one_of("Purity from", ("Posteriors", "Votes"), key="judged")
answer, question = tree.words(label), tree.question_of(label)
if question.name in release.manifest.not_learnt:
    st.warning(
        f"This model did not learn {question.title}: no cut on it gives a pure sample.",
        icon=":material/school:",
    )

if any(isinstance(one, Surest) for one in here.selection.certainty):
    st.caption(
        "The percentages of the most or least certain galaxies in the selection are "
        "ignored here, as they would be of other galaxies for each cut."
    )
if empty_selection.draw(here):
    end()
design = blocks.designed(here, label, threshold)
judge = design.expected if judged == "Posteriors" else design.voted
chosen = None
try:
    chosen = design.expected.loc[cut_for_purity(judge, percent / 100).name]
except MorphError as problem:
    st.warning(words.sentence(f"{problem}."), icon=":material/filter_alt_off:")
if not design.expected["galaxies"].any():
    end()  # nothing to plot

if chosen is not None:
    selection = with_cut(here.selection, label, threshold, float(chosen["cut"]))
    check = blocks.checked(release, design, question)
    if check:
        blocks.promise(chosen, answer, design.population, check)
    else:
        blocks.unchecked(chosen, answer, design.population, release.release_id)
    left, right = st.columns(2, gap="large")
    with left:
        blocks.cuts_in_words(selection, release)
        blocks.use_button(here, selection, int(chosen["galaxies"]))
    with right:
        if design.voted is not None:
            blocks.by_votes(design.voted.loc[chosen.name], design.judged)
        st.caption(
            "A galaxy truly has the answer if its vote fraction is above "
            f"{threshold:g} and that of every parent answer is above 0.5."
        )
st.header("Size and completeness against purity")
figures.chart(
    purity_figures.size_and_completeness(
        design.expected, design.voted, wanted=percent / 100, chosen=chosen
    ),
    key="design",
    alt=f"Size and completeness of samples of {answer} against purity",
    caption=_CAPTION,
)
st.caption(_CAPTION)
blocks.table(design)
