"""The plots on a run's card: the panels of its report, one at a time."""

from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from morph.errors import MorphError
from morph.report.panel import Panel
from morph.report.panels import panels
from morph.report.record import read_record
from morph.runs.config import tree_of
from morph.runs.lifecycle import RunState
from morph.runs.run_files import CONFIG, read_json
from pages.common import figures, words
from pages.runs.run_summary import stamp


def draw(run: RunState) -> None:
    """The plots of a run, drawn once they are opened; nothing where there are none.

    Those of a run in progress are open, and drawn again as it goes on.
    """
    if not stamp(run.folder):
        return
    box = st.expander(
        "Plots", expanded=run.active, key=f"plots_{run.run_id}", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        try:
            plots = {one.key: one for one in _panels(run.folder, stamp(run.folder))}
        except MorphError as error:
            st.error(words.plain(words.sentence(str(error))), icon=":material/error:")
            return
        if not plots:
            st.caption("No results yet.")
            return
        chosen = st.selectbox(
            "Plot",
            list(plots),
            format_func=lambda key: plots[key].heading,
            key=f"plot_{run.run_id}",
            width=320,
        )
        _panel(run, plots[chosen])


def _panel(run: RunState, panel: Panel) -> None:
    figures.chart(
        _figure(run.folder, stamp(run.folder), panel.key, panel),
        key=f"chart_{run.run_id}_{panel.key}",
        alt=f"{panel.heading}: {run.run_id}",
    )
    st.caption(panel.words)
    with st.popover("Show as a table"):
        st.dataframe(
            panel.table,
            hide_index=True,
            placeholder="–",
            alt=f"{panel.heading}: {run.run_id}, as a table",
        )


# Cards are drawn every few seconds: what is drawn is kept until a result is added.
@st.cache_resource(max_entries=20, show_spinner=False)
def _panels(folder: Path, stamp: tuple[int, ...]) -> list[Panel]:
    tree = tree_of(read_json(folder / CONFIG))
    return panels(read_record(folder, tree), tree)


@st.cache_resource(max_entries=20, show_spinner=False)
def _figure(folder: Path, stamp: tuple[int, ...], key: str, _panel: Panel) -> go.Figure:
    return _panel.draw()
