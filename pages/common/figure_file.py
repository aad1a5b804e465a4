"""The menu beside a figure that offers it as a file for print."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from morph.figures.in_print import numbers
from morph.figures.in_print.about import FORMATS, About, file_name, software
from morph.figures.plane_scene import Scene
from morph.release.kinds import kind_of
from morph.selection.conditions import describe
from pages.common.here import Here
from pages.common.server.download_queue import queued

# matplotlib takes a second to import, which only somebody who wants a file waits for.
if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from morph.figures.in_print.sheet import Sheet

COLUMNS = {88: "One column (88 mm)", 180: "Two columns (180 mm)"}
_LETTERS = (5.0, 14.0, 8.0)  # points: least, most, at first
_MARKDOWN = re.compile(r":[\w-]+\[((?:[^\[\]]|\[[^\]]*\])*)\]")
_SIGNS = re.compile(r"\*\*|\\(?=[^\w\s])|:material/\w+:\s*")


@dataclass(frozen=True)
class Drawing:
    """What a figure is drawn from: functions for its pages, and for its numbers."""

    draw: Callable[["Sheet"], Sequence["Figure"]]
    table: Callable[[], pd.DataFrame]


def offer_chart(
    figure: go.Figure, *, key: str, caption: str, table: pd.DataFrame | None = None
) -> None:
    """A menu for a plotly figure; ``table`` has its numbers if others than drawn.

    With several panels it is two columns wide at first.
    """
    columns = 180 if len({trace.xaxis for trace in figure.data}) > 1 else 88

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import charts

        return [charts.chart(figure, on)]

    def own() -> pd.DataFrame:
        return numbers.of_chart(figure) if table is None else table

    offer(Drawing(draw, own), key=key, caption=caption, columns=columns)


def offer_planes(
    scenes: Sequence[Scene],
    *,
    key: str,
    caption: str,
    table: Callable[[], pd.DataFrame],
    titles: Sequence[str] = (),
    columns: int = 88,
) -> None:
    """A menu for planes side by side, under their titles."""

    def draw(on: "Sheet") -> "list[Figure]":
        from morph.figures.in_print import planes

        return [planes.planes(scenes, on, titles)]

    offer(Drawing(draw, table), key=key, caption=caption, columns=columns)


def offer(
    drawing: Drawing,
    *,
    key: str,
    caption: str | Callable[[], str],
    columns: int = 88,
    title: str = "Save figure",
) -> None:
    """A menu with format, width in mm (at first ``columns``) and size of letters.

    ``title`` is on its button. A caption that costs time is made once the menu is
    opened, and the figure once its download is clicked.
    """
    with st.container(horizontal=True, horizontal_alignment="right"):
        menu = st.popover(
            title,
            icon=":material/print:",
            type="tertiary",
            key=f"figure_{key}",
            on_change="rerun",
            help="This figure for a paper, as PDF, SVG, PNG or CSV",
        )
    if menu.open:
        with menu:
            text = caption if isinstance(caption, str) else caption()
            _menu(drawing, key, plain(text), columns)


def _menu(drawing: Drawing, key: str, caption: str, columns: int) -> None:
    form = st.radio(
        "Format",
        list(FORMATS),
        format_func=lambda one: FORMATS[one][0],
        horizontal=True,
        key=f"figure_format_{key}",
    )
    width, letters = float(columns), _LETTERS[2]
    if form != "csv":
        width = st.radio(
            "Width",
            list(COLUMNS),
            index=list(COLUMNS).index(columns),
            format_func=COLUMNS.get,
            horizontal=True,
            key=f"figure_width_{key}",
        )
        letters = st.number_input(
            "Font size (pt)",
            *_LETTERS,
            0.5,
            format="%.1f",
            key=f"figure_letters_{key}",
        )
    recipe = recipe_here()
    about = About(caption.partition(". ")[0], caption, recipe)
    make = partial(file_of, drawing, form, float(width), letters, about)
    release = recipe.get("release", "").partition("@")[0]
    st.download_button(
        f"Download {FORMATS[form][0]}",
        data=partial(queued, make),
        file_name=f"{file_name(release, key)}.{form}",
        mime=FORMATS[form][1],
        icon=":material/download:",
        on_click="ignore",
        key=f"figure_download_{key}",
    )
    st.caption("Caption and recipe, which the file holds too:")
    st.code(about.text, language=None, wrap_lines=True)


def file_of(
    drawing: Drawing, form: str, width: float, letters: float, about: About
) -> bytes:
    """The bytes of a figure's file: width in mm, letters in points."""
    from morph.figures.in_print import sheet

    if form == "csv":
        return numbers.csv(drawing.table(), about)
    on = sheet.Sheet.of(form, width, letters)
    with sheet.style(on):
        return sheet.saved(drawing.draw(on), form, about)


def recipe_here() -> dict[str, str]:
    """How to make what this page shows again: release, origin, selection, address.

    Pages of runs show no selection; there the caption names the run.
    """
    here: Here | None = st.session_state.get("here")
    recipe = {}
    if here is not None:
        manifest = here.release.manifest
        recipe["release"] = here.release.key
        recipe["origin"] = kind_of(manifest).word
        recipe["selection"] = describe(here.selection, here.release)
        recipe["citation"] = manifest.citation
    return recipe | {"address": _address(), "software": software()}


def _address() -> str:
    """The URL of this view; empty where there is no browser."""
    url = st.context.url
    if not url:
        return ""
    names = list(dict.fromkeys(st.query_params))
    query = {name: st.query_params.get_all(name) for name in names}
    whole = urlsplit(url)._replace(query=urlencode(query, doseq=True), fragment="")
    return whole.geturl()


def plain(markdown: str) -> str:
    """A caption of a page without its markup."""
    text, before = markdown, ""
    while text != before:
        text, before = _MARKDOWN.sub(r"\1", text), text
    return " ".join(_SIGNS.sub("", text).split())
