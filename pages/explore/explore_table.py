"""The selection as a table of pages; selected rows can be pinned or opened."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from morph.catalogue.column_sql import uncertainty
from morph.catalogue.own_columns import own_column
from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.listing.order import Order
from pages.common import pins, words
from pages.common import rows as choosable
from pages.common.address import controls, navigation, order_control
from pages.common.galaxies import tiles
from pages.common.here import Here
from pages.common.server.routes import thumbnails
from pages.explore import explore_views

ROWS = (50, 100, 200)
_BEFORE_ALL = ("picture", "iauname", "ra", "dec")


def table_view(here: Here, line: DeltaGenerator) -> None:
    """Names, positions, measurements and the limited answers, 50 rows a page."""
    tree, about = here.release.tree, tiles.caption_label(here.selection)
    with line:
        order = order_control.choose(here.release, about=about)
        size = controls.one_of("Per page", ROWS, key="rows")
    above = st.container(horizontal=True, vertical_alignment="center")
    actions = above.container(horizontal=True, width="stretch")
    more = above.multiselect(
        "More columns",
        tree.labels,
        format_func=tree.words,
        key="table_answers",
        placeholder="Add answers as columns",
        label_visibility="collapsed",
        width=300,
    )
    labels = list(dict.fromkeys((*here.selection.limits, order.label or about, *more)))
    config = _column_config(here.release, labels, _own_config(here, order))
    config |= _sorted_by(here.release, order)
    config = _in_sight(config, here.release, order)
    columns = [name for name in config if name not in ("picture", "iauname")]
    rows = explore_views.page_of_rows(here, order, size, columns)
    chosen = choosable.choose(
        _compact(_with_pictures(here.release, rows)),
        rows["iauname"],
        config,
        key="table",
        height=620,
        alt=f"{len(rows)} galaxies as a table",
    )
    with actions:
        _actions(chosen, order)
    explore_views.turn_pages(here, size)


def _actions(names: list[str], order: Order) -> None:
    if not names:
        st.caption("Select rows to pin or open them.")
        return
    st.button(
        f"Pin {words.galaxies(len(names))}",
        icon=":material/keep:",
        key="pin_rows",
        on_click=pins.add,
        args=(names,),
    )
    if len(names) == 1:
        st.button(
            f"Open {names[0]}",
            icon=":material/center_focus_strong:",
            key="open_row",
            on_click=navigation.to_galaxy,
            args=(names[0], order_control.to_text(order)),
        )


def _with_pictures(release: LoadedRelease, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with a first column of image URLs, if there are images."""
    pictured = thumbnails.shown(release.manifest, rows["iauname"])
    if not pictured:
        return rows
    urls = [
        thumbnails.url(release, name, width=64) if name in pictured else None
        for name in rows["iauname"]
    ]
    return rows.assign(picture=urls)[["picture", *rows.columns]]


def _compact(rows: pd.DataFrame) -> pa.Table:
    """The rows in few bytes: they are sent again with each change of the selection.

    What is stored keeps its precision; tail probabilities have single precision.
    """
    kinds = {name: np.float32 for name in rows if name.endswith("_above_0.5")}
    table = pa.Table.from_pandas(rows.astype(kinds), preserve_index=False)
    fields = [
        pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) else f.type)
        for f in table.schema
    ]
    return table.cast(pa.schema(fields))  # without what pandas writes of itself


def _own_config(here: Here, order: Order) -> dict[str, Any]:
    """Columns of one's own that the selection limits or the order sorts by."""
    refs = dict.fromkeys([*(one.ref for one in here.selection.own), order.own or None])
    config = {}
    for ref in filter(None, refs):
        own = own_column.column(here.con, ref)
        config[ref] = st.column_config.Column(
            own.title, help=words.plain(words.sentence(own.origin))
        )
    return config


def _sorted_by(release: LoadedRelease, order: Order) -> dict[str, Any]:
    """The column that the order sorts by, where the table may lack it."""
    if order.by.of not in ("tail", "measure"):
        return {}
    name = order.column(release)
    if order.by.of == "tail":
        title = f"P({release.tree.words(order.label)} > {order.threshold:g})"
        return {name: st.column_config.NumberColumn(title, format="%.3f")}
    measure = uncertainty(release, order.by.name)
    subject = measure.subject(order.label, release.tree)
    title = f"{measure.symbol or measure.title} {subject}"
    number = st.column_config.NumberColumn(title, format="%.4f", help=measure.note)
    return {name: number}


def _in_sight(
    config: dict[str, Any], release: LoadedRelease, order: Order
) -> dict[str, Any]:
    """The columns, that by which the rows are sorted behind name and position."""
    if order.by.of in ("random", "name"):
        return config
    names = [*_BEFORE_ALL, order.column(release), *config]
    return {name: config[name] for name in dict.fromkeys(names)}


def _column_config(
    release: LoadedRelease, labels: list[str], own: dict[str, Any]
) -> dict[str, Any]:
    """The columns of the table, in order, with their settings."""
    column = st.column_config
    config = {
        "picture": column.ImageColumn("Image", width=70),
        "iauname": column.TextColumn("IAU name", width=190),
        "ra": column.NumberColumn("RA (deg)", format="%.6f"),
        "dec": column.NumberColumn("Dec (deg)", format="%.6f"),
        **own,
    }
    for label in labels:
        answer = release.tree.words(label)
        config[f"{label}_probability"] = column.ProgressColumn(
            answer, min_value=0, max_value=1, format="%.3f"
        )
        if release.has_uncertainty:
            spread = release.measures["variance"]
            config[spread.column_of(label, release.tree)] = column.NumberColumn(
                f"{spread.symbol} {answer}",
                format="%.4f",
                help=f"Square of the {words.sigma(release.passes)}",
            )
            above = column.NumberColumn(f"P({answer} > 0.5)", format="%.3f")
            config[f"{label}_above_0.5"] = above
    for name in release.physical:
        one = MEASURED[name]
        config[name] = column.NumberColumn(
            one.title,
            format="%d" if one.kind == "flag" else "%.3f",
            help=one.values or None,
        )
    return config
