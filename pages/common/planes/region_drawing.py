"""Regions drawn on a plane of galaxies, in the session and in the address."""

from dataclasses import replace
from functools import partial
from string import ascii_uppercase

import numpy as np
import streamlit as st

from morph.figures.plane_scene import Label, Line
from morph.geometry.density import Window
from morph.geometry.regions import (
    MODES,
    MOST_REGIONS,
    Mode,
    Plane,
    Region,
    from_box,
    from_lasso,
    outline,
)
from morph.selection.masks import InRegions, unpacked
from morph.selection.selection import Selection
from morph.subsets import saved, url_ids
from pages.common import toasts, words
from pages.common.address import selection_widgets, session_and_address
from pages.common.components.plane import Drawn
from pages.common.here import Here
from pages.common.subsets.actions import name_and_save

_DRAWN = "drawn"  # in the session: regions of all planes; in the address: their id
_BEFORE = "drawn_before"
_HIDDEN = "drawn_hidden"  # the regions themselves: names are reused
_UNDO_STEPS = 20
_WORDS = {"new": "New", "add": "Add", "remove": "Remove", "intersect": "Intersect"}
_ICONS = {
    "new": ":material/gesture:",
    "add": ":material/add:",
    "remove": ":material/remove:",
    "intersect": ":material/join_inner:",
}


def start(here: Here) -> None:
    """Read the regions of the address, if they have changed."""
    st.session_state.setdefault(_DRAWN, ())
    asked = session_and_address.from_address(_DRAWN)
    if asked is None:
        return
    if not asked:
        st.session_state[_DRAWN] = ()
        return
    with toasts.refusals(":material/link_off:"):
        regions = url_ids.kept_regions(here.con, asked[-1])
        planes = {region.plane for region in regions}
        others = [r for r in st.session_state[_DRAWN] if r.plane not in planes]
        st.session_state[_DRAWN] = (*others, *regions)


def remember(here: Here, plane: Plane) -> None:
    """Write the regions of the plane to the address, so that it can be shared."""
    regions = on(plane)
    ids = [url_ids.keep_regions(here.con, regions)] if regions else []
    session_and_address.to_address(_DRAWN, ids)


def on(plane: Plane) -> tuple[Region, ...]:
    """The regions drawn on a plane, in the order they were drawn."""
    return tuple(one for one in st.session_state[_DRAWN] if one.plane == plane)


def add(plane: Plane, drawn: Drawn) -> None:
    """Add a drawn polygon, in its own mode or the chosen one; only from a callback."""
    _take(from_lasso(plane, drawn.x, drawn.y, **_next(plane, drawn.mode)))


def clear(plane: Plane) -> None:
    """Remove all regions of a plane; only from a callback."""
    _set(plane, ())


def undo(plane: Plane) -> None:
    """Undo the last change of the regions of a plane; only from a callback."""
    _put(plane, _before(plane).pop())


def within(selection: Selection, plane: Plane) -> Selection:
    """The selection with its regions on this plane replaced by those drawn."""
    others = tuple(one for one in selection.regions if one.plane != plane)
    return replace(selection, regions=(*others, *on(plane)))


def mask(here: Here, regions: tuple[Region, ...]) -> np.ndarray:
    """Galaxies of the whole release that regions select together, (N,) bool."""
    return unpacked(InRegions(regions)(here.con, here.release), here.release)


def layers(plane: Plane) -> tuple[tuple[Line, ...], tuple[Label, ...]]:
    """Outlines of the regions that are not hidden, and their names."""
    lines, labels = [], []
    for region in on(plane):
        if region in _hidden():
            continue
        x, y = outline(region)
        colour = "red" if region.mode == "remove" else "accent"
        fill = 0.0 if region.inverted or region.mode == "remove" else 0.1
        lines.append(Line(x, y, colour, 2.0, region.inverted, fill))
        top = int(np.argmax(y))
        name = Label(x[top], y[top], region.name, "center", "bottom", colour, True)
        labels.append(name)
    return tuple(lines), tuple(labels)


def mode_control() -> None:
    """How the next region combines with those before; Shift and Alt do the same."""
    st.segmented_control(
        "Next region",
        MODES,
        format_func=_WORDS.get,
        default="new",
        required=True,
        wrap=True,
        key="draw_mode",
        help="While drawing: Shift adds, Alt removes, Shift+Alt intersects.",
    )


def by_numbers(plane: Plane, window: Window) -> None:
    """A box from its limits: a region without a mouse."""
    with st.popover("Enter limits", icon=":material/keyboard:"):
        st.caption("Limits of the box, in the units of the axes.")
        sides = ("left", "right", "low", "high")
        for columns in (sides[:2], sides[2:]):
            for column, side in zip(st.columns(2), columns, strict=True):
                column.number_input(
                    {"low": "Bottom", "high": "Top"}.get(side, side.capitalize()),
                    value=round(getattr(window, side), 3),
                    format="%.3f",
                    key=_box_key(plane, side),
                )
        st.button("Draw the box", on_click=_box, args=(plane,), key="draw_box")


def chips(here: Here, plane: Plane) -> None:
    """One chip for each region, with its number of galaxies and its settings."""
    regions = on(plane)
    with st.container(horizontal=True, gap="small", key="region_chips"):
        for index, region in enumerate(regions):
            count = int(mask(here, (replace(region, mode="new"),)).sum())
            first = index == 0 and region.mode != "remove"
            icon = _ICONS["new" if first else region.mode]
            with st.popover(f"{words.plain(region.name)} · {count:,}", icon=icon):
                _edit(plane, index, region)
        for text, icon, key, change, offered in (
            ("Undo", "undo", "undo_region", undo, _before(plane)),
            ("Clear", "close", "clear_regions", clear, regions),
        ):
            if offered:
                st.button(
                    text,
                    icon=f":material/{icon}:",
                    type="tertiary",
                    key=key,
                    on_click=change,
                    args=(plane,),
                )


def select_button(here: Here, plane: Plane, count: int) -> None:
    """Make the regions part of the selection that all pages share."""
    wanted = within(here.selection, plane)
    pressed = st.button(
        f"Select these {count:,}",
        icon=":material/filter_alt:",
        type="primary",
        key="select_regions",
        disabled=wanted == here.selection or not count,
        help="All pages then show only these galaxies.",
        on_click=selection_widgets.show,
        args=(wanted, here.release),
    )
    if pressed:
        st.rerun()  # the whole page: this may be a fragment


def save_popover(here: Here, plane: Plane, count: int) -> None:
    """Save the galaxies in the regions and the other filters as a subset."""
    wanted = within(here.selection, plane)
    with st.popover("Save", icon=":material/bookmark_add:", disabled=not count):
        name_and_save(
            "save_regions",
            f"Save {words.galaxies(count)}",
            partial(saved.save_selection, release=here.release, selection=wanted),
        )


def _edit(plane: Plane, index: int, region: Region) -> None:
    key = f"region_{plane.kind}_{index}_{region.name}"

    def change(**changed: object) -> None:
        regions = list(on(plane))
        regions[index] = replace(region, **changed)
        if region in _hidden():
            st.session_state[_HIDDEN] = _hidden() | {regions[index]}
        _set(plane, tuple(regions))

    @toasts.refusals()
    def rename() -> None:
        name = st.session_state[f"{key}_name"].strip()
        taken = {one.name for one in on(plane)} - {region.name}
        if name and name not in taken:
            change(name=name)

    st.text_input("Name", region.name, key=f"{key}_name", on_change=rename)
    with st.container(horizontal=True):
        hidden = region in _hidden()
        st.button(
            "Show" if hidden else "Hide",
            key=f"{key}_hide",
            on_click=_turn_hidden,
            args=(region,),
            help="Hides the outline only; the region still applies.",
        )
        st.button(
            "Use the inside" if region.inverted else "Use the outside",
            key=f"{key}_invert",
            on_click=change,
            kwargs={"inverted": not region.inverted},
        )
        rest = tuple(one for i, one in enumerate(on(plane)) if i != index)
        st.button("Remove", key=f"{key}_remove", on_click=_set, args=(plane, rest))


def _box_key(plane: Plane, side: str) -> str:
    """The key of a limit; each map has its own, as its window begins elsewhere."""
    named = plane.of[1:] if plane.kind == "map" else ()
    return "_".join(("box", plane.kind, *named, side))


def _box(plane: Plane) -> None:
    left, right, low, high = (
        st.session_state[_box_key(plane, side)]
        for side in ("left", "right", "low", "high")
    )
    across, up = sorted((left, right)), sorted((low, high))
    _take(from_box(plane, tuple(across), tuple(up), **_next(plane)))


def _take(region: Region) -> None:
    before = () if region.mode == "new" else on(region.plane)
    if len(before) == MOST_REGIONS:
        toasts.note(f"At most {MOST_REGIONS} regions; remove one first.")
        return
    st.session_state[_HIDDEN] = _hidden() - {region}  # the same one, drawn again
    _set(region.plane, (*before, region))


def _set(plane: Plane, regions: tuple[Region, ...]) -> None:
    _before(plane).append(on(plane))
    del _before(plane)[:-_UNDO_STEPS]
    _put(plane, regions)


def _put(plane: Plane, regions: tuple[Region, ...]) -> None:
    others = tuple(one for one in st.session_state[_DRAWN] if one.plane != plane)
    st.session_state[_DRAWN] = (*others, *regions)


def _before(plane: Plane) -> list[tuple[Region, ...]]:
    """The regions of a plane before each of its last changes."""
    return st.session_state.setdefault(_BEFORE, {}).setdefault(plane, [])


def _hidden() -> frozenset[Region]:
    """The regions of any plane with hidden outlines."""
    return st.session_state.get(_HIDDEN, frozenset())


def _turn_hidden(region: Region) -> None:
    st.session_state[_HIDDEN] = _hidden() ^ {region}


def _next(plane: Plane, mode: Mode | None = None) -> dict[str, str]:
    """Mode and name of the next region; the mode is the chosen one unless given."""
    mode = mode or st.session_state.get("draw_mode", "new")
    taken = {region.name for region in on(plane)} if mode != "new" else set()
    names = (f"Region {letter}" for letter in ascii_uppercase)
    return {"mode": mode, "name": next(name for name in names if name not in taken)}
