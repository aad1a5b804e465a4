"""The fraction of galaxies with an answer against magnitude, size or redshift."""

import streamlit as st

from morph.figures import population_figures
from pages.common import figures, words
from pages.common.galaxies import empty_selection
from pages.common.here import current, end
from pages.populations import populations_blocks as blocks

here = current()
release, tree = here.release, here.release.tree
if empty_selection.draw(here):
    end()
columns = blocks.measured(release)
if not blocks.has_axis(columns):
    st.info(
        f"{release.release_id} has no magnitudes, sizes or redshifts to plot "
        "fractions against. Choose another release.",
        title="No photometry or redshift here",
        icon=":material/straighten:",
    )
    end()

choice = blocks.choose(release, columns)
if choice is None:
    end()
label, axis = choice.fraction.label, choice.axis
question = tree.question_of(label)
if not release.has_uncertainty:
    st.info(
        f"{release.release_id} has vote fractions without posteriors, so only "
        "threshold counts are shown.",
        icon=":material/info:",
    )
limited = [one for one in question.labels if one in here.selection.limits]
certain = [one for one in here.selection.certainty if one.label in question.labels]
if limited or certain:
    st.warning(
        f"The selection already limits answers to {question.title}, so these "
        "fractions describe galaxies selected by their answer, not a population.",
        icon=":material/filter_alt:",
    )
if question.name in release.manifest.not_learnt:
    st.warning(
        f"This model did not learn {question.title}: its predictions stay near the "
        "mean of all galaxies.",
        icon=":material/school:",
    )

along = blocks.along(here, choice)
if along is None:
    among, advice = "the selection", "Widen the selection, or choose another column"
    if here.selection.is_empty:
        among, advice = release.release_id, "Choose another column, or another release"
    st.info(
        f"Fewer than two different values of {words.plain(axis)} in {among}. {advice}.",
        icon=":material/straighten:",
    )
    end()
st.header(f"{tree.words(label)} against {words.plain(axis)}")
limit = choice.fraction.threshold
fraction = f"fraction with ρ > {limit:g}" if limit is not None else "mean vote fraction"
figures.chart(
    population_figures.fractions_along(
        along,
        axis=axis,
        fraction=fraction,
        whole=not here.selection.is_empty,
    ),
    key="populations",
    alt=f"{tree.words(label)}: {fraction}, in {len(along.counted)} bins of {axis}, "
    f"of {words.galaxies(along.known)}",
    caption=blocks.explained(release, choice, along),
    numbers=along.table(),
)
st.caption(blocks.explained(release, choice, along))
blocks.table(choice, along)
blocks.download(here, choice, along)
