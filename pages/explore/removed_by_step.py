"""The galaxies that one step of the selection removes, and how its cut changes it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from morph.figures.histogram_figures import cut_curve
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection import slider_axes
from morph.selection.certainty.certainty import MOST_SIGMA, from_text
from morph.selection.funnel import lost
from morph.selection.moved_cut import Curve, End, curve, ends, with_cut
from morph.selection.step import CERTAINTY, Step
from pages.common import figures, toasts, words
from pages.common.address import navigation, order_control, selection_widgets
from pages.common.address.controls import one_of
from pages.common.components.gallery import gallery
from pages.common.galaxies import picture_sheet, tile_values, tiles
from pages.common.galaxies.tile_values import TileValue
from pages.common.here import HASHES, Here

SHOWN = 24
_POINTS = 101  # of the curve, including both limits of the slider
_WAYS = ("At random", "Closest to the cut")
_ENDS = {"low": "Lower limit", "high": "Upper limit"}
_MOST_VOTES = 60.0  # on the axis of votes; few galaxies have more
_EARLIER = {"sure": "certain_0"}  # in links, of the one condition of certainty
_WHY_NO_CURVE = {
    "gate": "No threshold: this step requires an answer to be the most probable one "
    "for its question. To use a probability instead, choose “Reached” under Decision "
    "tree in the sidebar.",
    "surest": "This step keeps a fraction of the remaining galaxies, which is set in "
    "the sidebar.",
    "sky": "Change the region of the sky in the sidebar.",
    "region": "Change the region on the plane where it was drawn.",
    "subset": "A subset has no threshold.",
    "own": "Change the limits under Your columns in the sidebar.",
}


def chosen(here: Here) -> int | None:
    """The position of the step in the address, if the selection has it."""
    codes = _codes(here)
    asked = st.query_params.get("step")
    asked = _EARLIER.get(asked, asked)
    return codes.index(asked) if asked in codes else None


def choose(here: Here, index: int) -> None:
    """Open a step, or close it if it is open; only from a callback."""
    if chosen(here) == index:
        close()
    else:
        st.query_params["step"] = _codes(here)[index]


def close() -> None:
    """Close the open step; only from a callback."""
    st.query_params.pop("step", None)


def draw(here: Here) -> None:
    """The galaxies that the open step removes, beside the curve of its cut."""
    index = chosen(here)
    if index is None:
        return
    rows = here.funnel.rows
    row, before = rows[index], rows[index - 1].left if index else here.funnel.total
    with st.container(border=True, key="removed"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"##### Removed by: {row.step.words}", width="stretch")
            st.button(
                "Close",
                icon=":material/close:",
                type="tertiary",
                key="unstep",
                on_click=close,
            )
        st.caption(
            f"This step removes {row.removed:,} of {words.galaxies(before)}, "
            f"leaving {row.left:,}."
        )
        left, right = st.columns([11, 9], gap="large")
        with left:
            _gallery(here, index)
        with right:
            _curve(here, index)


def _codes(here: Here) -> list[str]:
    """A name for each step: its filter; gates and conditions of certainty, which keep
    their place when their number is changed, are numbered.
    """
    steps = [row.step for row in here.funnel.rows]
    certain = [step for step in steps if step.kind in CERTAINTY]
    return [
        f"rule_{index}"
        if step.kind == "gate"
        else f"certain_{certain.index(step)}"
        if step in certain
        else step.parameter
        for index, step in enumerate(steps)
    ]


def _gallery(here: Here, index: int) -> None:
    row = here.funnel.rows[index]
    if not row.removed:
        st.info("This step removes no galaxies.", icon=":material/check:")
        return
    label = _label(here, row.step)
    values = _values(here, row.step, label)
    columns = [*tiles.columns(here.release, label), *(one.column for one in values)]
    columns = [*dict.fromkeys(columns)]
    asked = (here.con, here.release, here.selection, index)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        way = _WAYS[0]
        if ends(row.step):
            way = one_of("Removed galaxies", _WAYS, key="lost_way", bind=None)
        nearest = way != _WAYS[0]
        seed = 0 if nearest else _seed()
    rows = lost(*asked, limit=SHOWN, seed=seed, nearest=nearest, columns=columns)
    how = "closest to the cut first" if nearest else f"random order (seed {seed})"
    st.caption(f"{len(rows):,} of {row.removed:,} removed, {how}.")
    shown = tiles.of(rows, here.release, label, values=values)
    title = f"{len(rows)} galaxies removed by {row.step.words}"
    gallery(shown, key="lost", label=title, on_open=navigation.to_galaxy, side=104)
    picture_sheet.offer(here, [{title: shown}], key="lost", caption=f"{title}, {how}.")


def _seed() -> int:
    def shuffle() -> None:
        st.session_state["lost_seed"] = st.session_state.get("lost_seed", 0) + 1

    st.button("Shuffle", icon=":material/shuffle:", key="lost_more", on_click=shuffle)
    return st.session_state.get("lost_seed", 0)


def _label(here: Here, step: Step) -> str:
    """The answer in the captions: the one of the step, or of the selection."""
    if step.kind == "limit":
        return step.parameter
    if step.kind in CERTAINTY:
        return from_text(step.parameter).label
    return tiles.caption_label(here.selection)


def _values(here: Here, step: Step, label: str) -> list[TileValue]:
    """What the selection limits, beginning with what the step does."""
    values = tile_values.of_view(here, order_control.DEFAULT, but=label)
    return sorted(values, key=lambda one: one.column != step.parameter)


def _curve(here: Here, index: int) -> None:
    step = here.funnel.rows[index].step
    if not ends(step):
        st.caption(_WHY_NO_CURVE[step.kind])
        return
    end = _end(step)
    counts = _counts(here, index, end)
    cut = step.bounds.low if end == "low" else step.bounds.high

    @toasts.refusals()
    def move(to: float) -> None:
        moved = with_cut(here.selection, step, end, float(to))
        selection_widgets.show(moved, here.release)

    _plot(here, index, end, counts, cut, move)
    low, high, increment = _range(here, step)
    key = f"cut_{step.parameter}_{end}_{cut}"
    st.number_input(
        "Cut",
        float(counts.cuts.min()),
        float(counts.cuts.max()),
        min(max(cut, low), high),
        increment,
        key=key,
        on_change=lambda: move(st.session_state[key]),
        help="Or click a point on the curve.",
        width=200,
    )
    with st.expander("Show as a table"):
        _table(counts)


def _table(counts: Curve) -> None:
    table = {"Cut": counts.cuts, "Remaining after this step": counts.after}
    if counts.final is not None:
        table["Remaining after all steps"] = counts.final
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        height=240,
        alt=f"Remaining galaxies at each of {len(counts.cuts)} cuts",
    )


def _end(step: Step) -> End:
    movable = ends(step)
    if len(movable) == 1:
        return movable[0]
    limited_above = step.kind == "limit" and step.bounds.low == 0
    default = "high" if limited_above else "low"
    return one_of(
        "Vary the", _ENDS, default=default, key=f"end_{step.parameter}", bind=None
    )


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def _counts(here: Here, index: int, end: End) -> Curve:
    low, high, increment = _range(here, here.funnel.rows[index].step)
    cuts = np.unique(np.round(np.linspace(low, high, _POINTS) / increment) * increment)
    cuts = np.round(cuts, 4)
    return curve(here.con, here.release, here.selection, index, cuts, end=end)


def _range(here: Here, step: Step) -> tuple[float, float, float]:
    """Limits and increment of the slider of a step."""
    if step.kind == "physical":
        ends_of_slider = slider_axes.full_range(step.parameter, here.release)
        return *ends_of_slider, slider_axes.step_of(step.parameter)
    if step.kind == "votes":
        return 0.0, max(_MOST_VOTES, step.bounds.low), 1.0
    if step.kind == "spread":
        return 0.0, MOST_SIGMA, 0.005
    return 0.0, 1.0, 0.01


def _plot(
    here: Here,
    index: int,
    end: End,
    counts: Curve,
    cut: float,
    move: Callable[[float], None],
) -> None:
    row = here.funnel.rows[index]
    key = f"curve_{row.step.parameter}_{end}_{cut}"

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            move(points[0]["x"])

    figure = cut_curve(counts, cut=cut, axis=_axis(here, row.step, end))
    alt = (
        f"Remaining galaxies against the cut: at most {int(counts.after.max()):,}, "
        f"{row.left:,} at the current cut of {cut:g}"
    )
    figures.chart(
        figure,
        key=key,
        on_select=clicked,
        selection_mode="points",
        alt=alt,
        caption=f"Step: {row.step.words}.",
    )
    names = {"x": _axis(here, row.step, end), "y": "Remaining galaxies"}
    figures.table_of(figure, names, key="curve_table", alt=alt)


def _axis(here: Here, step: Step, end: End) -> str:
    if step.kind == "limit":
        name = here.release.tree.words(step.parameter)
    elif step.kind == "physical":
        name = MEASURED[step.parameter].title
    elif step.kind == "votes":
        name = "Votes"
    elif step.kind == "spread":
        name = "Standard deviation σ"
    else:
        name = "Probability"
    return f"{name}, {'at least' if end == 'low' else 'at most'}"
