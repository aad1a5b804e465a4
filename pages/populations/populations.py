"""An answer's fraction against a measured column: summed posteriors beside counts."""

import streamlit as st

from morph.figures import population_figures
from pages.common import words
from pages.common.galaxies import empty_selection
from pages.common.here import current, end
from pages.populations import populations_blocks

here = current()
release, tree = here.release, here.release.tree
if here.funnel.left == 0:
    empty_selection.draw(here)
    end()
columns = populations_blocks.measured(release)
if not columns:
    st.info(
        f"{release.release_id} has no magnitude, size or redshift, so there is nothing "
        "to draw a fraction against. Choose another release.",
        title="Nothing measured",
        icon=":material/straighten:",
    )
    end()

asked = populations_blocks.choose(release, columns)
label = asked.fraction.label
question = tree.question_of(label)
if not release.has_uncertainty:
    st.info(
        f"{release.release_id} has vote fractions without posteriors, so galaxies are "
        "only counted.",
        icon=":material/info:",
    )
limited = [one for one in question.labels if one in here.selection.limits]
sure = here.selection.sureness
if limited or (sure is not None and sure.label in question.labels):
    st.warning(
        f"The selection is made by {question.title} itself, so these fractions are of "
        "galaxies chosen for their answer, not of a population.",
        icon=":material/filter_alt:",
    )
if question.name in release.manifest.not_learnt:
    st.warning(
        f"This model did not learn {question.title}: its fractions are near the mean "
        "of all galaxies.",
        icon=":material/school:",
    )

found = populations_blocks.along(here, asked)
if found is None:
    st.info(
        "The selected galaxies have no two different values of "
        f"{words.measured(asked.column)}. Widen the selection, or take another column.",
        icon=":material/straighten:",
    )
    end()
st.header(f"{tree.words(label)} against {words.measured(asked.column)}")
limit = asked.fraction.threshold
fraction = (
    f"galaxies with more than {limit:g} of the votes"
    if limit is not None
    else "mean fraction of the votes"
)
st.plotly_chart(
    population_figures.fractions_along(
        found,
        axis=words.measured(asked.column),
        fraction=fraction,
        whole=not here.selection.is_empty,
    ),
    key="populations",
    config={"displayModeBar": False},
    alt=f"{tree.words(label)}: {fraction}, in {len(found.counted)} bins of "
    f"{words.measured(asked.column)}, of {words.galaxies(found.known)}",
)
populations_blocks.explain(release, asked, found)
with st.expander("The same as a table"):
    populations_blocks.table(asked, found)
populations_blocks.download(here, asked, found)
