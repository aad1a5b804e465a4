"""Download the selected galaxies as a file with its metadata."""

import streamlit as st

from morph.export import export
from morph.export.columns import CHOSEN
from morph.export.file_formats import FORMATS
from morph.selection.conditions import describe
from morph.subsets import saved
from pages.common import words
from pages.common.address import order_control
from pages.common.address.controls import one_of
from pages.common.components import funnel
from pages.common.galaxies import download_files, empty_selection
from pages.common.here import current
from pages.download import column_chooser, download_map, download_own

here = current()
number = here.funnel.left
if here.funnel.rows:
    funnel.draw(here.funnel)
st.title(f"Download {words.galaxies(number)}")
st.markdown(words.sentence(describe(here.selection, here.release)) + ".")

st.header("Table")
with st.container(horizontal=True, vertical_alignment="bottom"):
    form = one_of("Table format", download_files.FORMAT_TITLES, key="format", bind=None)
    columns = column_chooser.sets(here.release)
if columns.of == CHOSEN:
    columns = column_chooser.choose(here, underscores=columns.underscores)
subset_names = {one.subset_id: one.name for one in saved.subsets(here.con)}
in_subsets = st.multiselect(
    "Subset membership (Boolean columns)",
    list(subset_names),
    format_func=subset_names.get,
    placeholder="none",
    key="subset_columns",
    disabled=not subset_names,
    help="Adds a column “in_<id>” for each subset: true if the galaxy is in it. "
    + ("" if subset_names else "There are no subsets yet."),
)
order = order_control.of_rows(here.release)
more = {"subset_columns": in_subsets, "own_columns": download_own.choose(here)}
names = download_files.names(here, columns)
about = download_files.columns_words(here.release, columns)
st.caption(f"{len(names) + sum(map(len, more.values()))} columns. {about}")

problem = download_files.problem(form, number, len(names))
stem = export.file_stem(here.release, here.selection, number, columns)
to = FORMATS[form]
with st.container(horizontal=True, vertical_alignment="center"):
    st.download_button(
        f"Download {words.galaxies(number)} as {to.title}",
        data=download_files.file_of(here, form, columns, order=order, **more),
        file_name=stem + to.suffix,
        mime=to.mime,
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        disabled=bool(problem),
        key="download",
    )
    if form == "csv":
        download_files.metadata_button(here, columns, order=order, **more)
    download_files.pictures_button(here)
if not number:
    empty_selection.draw(here)
elif problem:
    st.info(problem, icon=":material/info:")
else:
    st.caption(
        f"About {download_files.size(here, form, columns)}. "
        "The file is written when you press "
        f"the button; a large one takes a few seconds. {to.note}"
    )

download_map.draw(here)

left, right = st.columns(2, gap="large")
with left:
    st.header("Metadata in the JSON file" if form == "csv" else "Metadata in the file")
    st.caption(
        "Release, provenance and citation; the selection as a sentence and as a link; "
        "the date; unit, UCD and meaning of every column, and how missing values are "
        "written."
    )
    with st.expander(f"All {len(names)} columns"):
        download_files.columns_table(here.release, names, columns)
with right:
    st.header("How to cite")
    st.code(here.release.manifest.citation, language=None, wrap_lines=True)
    st.header("Link to this selection")
    st.code(
        download_files.link(here.release, here.selection, order),
        language=None,
        wrap_lines=True,
    )
