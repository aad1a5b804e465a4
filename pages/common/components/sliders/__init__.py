"""Sliders with two ends over histograms, which count while an end is moved.

The browser counts by itself once it has the columns
(`pages.common.server.routes.cells_route`) and the conditions
(`pages.common.components.slider_news`); before that it waits for the server. The
server's answer replaces what it counted.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages.common.components import slider_news
from pages.common.components.declared import declared

_HEARD = "sliders_heard"


@dataclass(frozen=True)
class Slider:
    """A range of a parameter, from ``low`` to ``high``.

    Its ends move by ``1 / per_unit`` through ``number`` positions, the first at
    ``first / per_unit``. ``reach`` is the range that its values can have, if narrower.
    ``missing`` galaxies have no value; whether those are kept is ``keep``.
    """

    parameter: str
    words: str
    low: float
    high: float
    first: int
    number: int
    per_unit: int
    reach: tuple[float, float] | None = None
    missing: int = 0
    missing_words: str = ""
    keep: bool = False
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Sliders under a title; those of a ``question`` can be folded."""

    name: str
    title: str
    sliders: Sequence[Slider]
    question: bool = True
    open: bool = True
    depth: int = 0
    note: str = ""
    warning: str = ""


_draw = declared(__file__, fetched=True)


def sliders(
    groups: Sequence[Group],
    *,
    key: str,
    label: str,
    on_limit: Callable[[str, float, float], None],
    on_fold: Callable[[str, bool], None] | None = None,
    on_keep: Callable[[str, bool], None] | None = None,
) -> None:
    """Draw ``groups``.

    ``on_limit`` is called with a parameter and its new ends, ``on_fold`` with a group
    and whether it is open, ``on_keep`` with a parameter and whether galaxies without a
    value are kept.
    """
    known = {one.parameter: one for group in groups for one in group.sliders}
    names = {group.name for group in groups}

    def limit(sent: Mapping[str, Any]) -> None:
        # A browser sends anew what it does not know to have arrived.
        st.session_state[_HEARD] = max(heard(), int(sent["number"]))
        for parameter, (low, high) in sent["limits"].items():
            if parameter in known:
                on_limit(parameter, *_inside(known[parameter], float(low), float(high)))

    def fold(sent: Mapping[str, Any]) -> None:
        if on_fold is not None and sent["name"] in names:
            on_fold(sent["name"], bool(sent["open"]))

    def keep(sent: Mapping[str, Any]) -> None:
        if on_keep is not None and sent["parameter"] in known:
            on_keep(sent["parameter"], bool(sent["keep"]))

    about = [_without_values(group) for group in groups]
    version = hashlib.sha256(repr(about).encode()).hexdigest()[:16]
    name = f"groups_{key}"  # apart, as a change of a value leaves them as they are
    slider_news.tell(name, **{name: {"version": version, "groups": about}})
    _draw(
        key,
        label=label,
        heard=heard(),
        groups={"name": name, "version": version},
        open=[group.name for group in groups if group.open],
        values=_values(known.values()),
        on_limit=limit,
        on_fold=fold,
        on_keep=keep,
    )


def heard() -> int:
    """Number of the browser's last message, so that it knows what has arrived."""
    return st.session_state.get(_HEARD, 0)


def _without_values(group: Group) -> Group:
    """What stays the same while sliders are moved and groups folded."""
    rows = [
        replace(one, low=_least(one), high=_most(one), keep=False)
        for one in group.sliders
    ]
    return replace(group, sliders=rows, open=False)


def _values(every: Iterable[Slider]) -> dict[str, tuple[float, float, bool]]:
    """The ends of each slider that is not as `_without_values` has it, and its keep."""
    return {
        one.parameter: (one.low, one.high, one.keep)
        for one in every
        if one.keep or (one.low, one.high) != (_least(one), _most(one))
    }


def _least(slider: Slider) -> float:
    return slider.first / slider.per_unit


def _most(slider: Slider) -> float:
    return (slider.first + slider.number - 1) / slider.per_unit


def _inside(slider: Slider, low: float, high: float) -> tuple[float, float]:
    """The ends within the slider's own, in order."""
    least, most = _least(slider), _most(slider)
    low, high = (min(max(end, least), most) for end in (low, high))
    return min(low, high), max(low, high)
