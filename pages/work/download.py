"""Take the selection with you: exactly the galaxies counted, as a file that says so."""

import streamlit as st

from morph import export
from morph.steps import describe
from pages.common import frame, funnel_line, taking, words

here = frame.here()
number = here.funnel.left
if here.funnel.rows:
    funnel_line.draw(here.funnel)
st.title(f"Take {words.galaxies(number)} with you")
st.markdown(words.sentence(describe(here.selection, here.release)) + ".")

with st.container(horizontal=True, vertical_alignment="bottom"):
    form = st.segmented_control(
        "Format",
        export.FORMATS,
        default="fits",
        required=True,
        format_func=taking.FORMATS.get,
        key="format",
    )
    columns = st.segmented_control(
        "Columns",
        export.COLUMN_SETS,
        default="posteriors",
        required=True,
        format_func=str.capitalize,
        key="columns",
    )
names = export.column_names(here.release, here.selection, columns)
st.caption(f"{len(names)} columns. {taking.COLUMN_SETS[columns]}")

problem = taking.problem(form, number)
suffix, mime = export.file_type(form)
st.download_button(
    f"Download {words.galaxies(number)} as {taking.FORMATS[form]}",
    data=taking.file_of(here, form, columns),
    file_name=f"{export.file_stem(here.release, here.selection, number)}{suffix}",
    mime=mime,
    icon=":material/download:",
    type="primary",
    on_click="ignore",
    disabled=bool(problem),
    key="download",
)
if problem:
    st.info(problem, icon=":material/info:")
else:
    st.caption(
        "The file is made when you press the button; a large one takes some seconds. "
        f"{taking.NOTES[form]}"
    )

left, right = st.columns(2, gap="large")
with left:
    st.header("What the file says of itself")
    st.caption(
        "Release and provenance, the selection as a sentence and as a link, the date, "
        "units and the meaning of every column, how missing values are written, and "
        "how to cite it."
    )
    with st.expander(f"All {len(names)} columns"):
        taking.columns_table(here.release, names)
with right:
    st.header("How to cite it")
    st.code(here.release.manifest.citation, language=None, wrap_lines=True)
    st.header("The same selection by link")
    st.code(taking.link(here), language=None, wrap_lines=True)
