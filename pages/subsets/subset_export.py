"""Export a subset: files, code that reproduces it, text and citations for a paper."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import parts
from morph.catalogue.release_table import LoadedRelease
from morph.export import code as export_code
from morph.export import code_own, code_sky, paper_text
from morph.export.file_formats import FILES, FORMATS
from morph.export.subset_file import SUFFIXES, subset_file
from morph.geometry.sky_regions import CoverageMap
from morph.subsets.saved import Subset, made_by
from pages.common import words
from pages.common.address import order_control
from pages.common.address.controls import one_of
from pages.common.galaxies import download_files
from pages.common.here import Here
from pages.common.server import database
from pages.common.server.download_queue import queued
from pages.common.server.routes import serving

_LANGUAGES = {"duckdb": "DuckDB", "pandas": "pandas", "astropy": "astropy"}


def files(here: Here, subset: Subset, of: LoadedRelease) -> None:
    """The subset as a file: a download and a permanent URL."""
    titles = {suffix: FORMATS[name].title for suffix, name in SUFFIXES.items()}
    form = one_of("Format", titles, default="fits", key="subset_format", bind=None)
    problem = download_files.problem(SUFFIXES[form], subset.galaxies)
    _download(
        here,
        subset.subset_id,
        f"Download {words.galaxies(subset.galaxies)}",
        SUFFIXES[form],
        file_name=f"{of.release_id}_{subset.subset_id}.{form}",
        disabled=bool(problem),
    )
    if form == "csv":
        _download(
            here,
            subset.subset_id,
            "Download its metadata (JSON)",
            "metadata",
            file_name=f"{of.release_id}_{subset.subset_id}{FILES['metadata'].suffix}",
        )
    if problem:
        st.caption(f":orange[{problem}]")
        return
    st.markdown("**Permanent URL** for TOPCAT, astropy or DuckDB")
    st.code(address(subset, form), language=None, wrap_lines=True)
    st.caption(
        "In TOPCAT, choose File > Load Table and paste the URL as the location. "
        "Download can also add a subset to another file as a Boolean column."
    )


def code(here: Here, subset: Subset, of: LoadedRelease) -> None:
    """A program that selects the galaxies from the release's files, without morph."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        language = one_of("Result type", _LANGUAGES, key="subset_language", bind=None)
        order = order_control.of_rows(of, "By name", key="subset_code_order")
    selection = made_by(subset, of)
    for used in selection.subsets:
        _download(
            here,
            used.subset_id,
            f"Download subset_{used.subset_id}.parquet, an input of the program",
            "parquet",
            file_name=f"subset_{used.subset_id}.parquet",
        )
    if isinstance(selection.sky, CoverageMap):
        file_name = f"{code_sky.file_of(selection.sky)}.parquet"
        _download_input(
            here, file_name, partial(code_sky.map_parquet, region=selection.sky)
        )
    for ref in export_code.own_refs(selection, order):
        file_name, list_id = f"{code_own.file_of(ref)}.parquet", parts(ref)[0]
        _download_input(
            here, file_name, partial(code_own.list_parquet, subset_id=list_id)
        )
    program = export_code.code(of, selection, language, order)
    st.code(program, language="python", height=420)


def paper(here: Here, subset: Subset, of: LoadedRelease) -> None:
    """A paragraph for the methods section, and the citations."""
    st.caption("Draft for the methods section; check and edit it.")
    text = paper_text.of_subset(here.con, of, subset)
    st.code(text, language=None, wrap_lines=True)
    st.caption("Citations (BibTeX)")
    st.code(paper_text.bibtex(of), language="latex", height=300)


def address(subset: Subset, suffix: str) -> str:
    """The URL at which the app serves a subset as a file."""
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    path = serving.base_path()
    return f"{parts.scheme}://{parts.netloc}{path}/subset/{subset.subset_id}.{suffix}"


def _download_input(
    here: Here, file_name: str, content: Callable[[DuckDBPyConnection], bytes]
) -> None:
    root = here.root

    def make() -> bytes:
        with database.cursor(root) as con:
            return content(con)

    st.download_button(
        f"Download {file_name}, an input of the program",
        data=partial(queued, make),
        file_name=file_name,
        icon=":material/download:",
        on_click="ignore",
        key=f"download_{file_name.partition('.')[0]}",
    )


def _download(
    here: Here,
    subset_id: str,
    label: str,
    form: str,
    *,
    file_name: str,
    disabled: bool = False,
) -> None:
    root = here.root

    def make() -> bytes:
        with database.cursor(root) as con:
            return subset_file(con, subset_id, format=form).data

    st.download_button(
        label,
        data=partial(queued, make),
        file_name=file_name,
        icon=":material/download:",
        on_click="ignore",
        disabled=disabled,
        key=f"download_subset_{subset_id}_{form}",
    )
