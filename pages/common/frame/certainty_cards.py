"""The sidebar's conditions of certainty: a card for each, and a menu for another one.

The conditions are texts in a hidden widget, whose order is that in which they apply; so
is the order of the cards. A card has a number that it keeps while its condition
changes, so that its controls stay the same, and a late change is of that condition.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.posterior.measures import UNCERTAINTIES
from morph.selection.certainty.certainty import (
    MOST_CONDITIONS,
    MOST_SIGMA,
    Certainty,
    Spread,
    Surest,
    Tail,
    to_text,
)
from morph.trees.decision_tree import DecisionTree
from pages.common import toasts, words
from pages.common.address import late_messages, selection_widgets
from pages.common.address.choices import choices
from pages.common.address.controls import show
from pages.common.answer_controls import thresholds
from pages.common.components.focus_keeper import keep_focus

_NUMBERS, _NEXT = "certain_numbers", "certain_next"  # text -> its card's number
_ADDED = "certain_added"  # how often the menu was used
_WITHOUT = (
    "This release has vote fractions without a posterior, so it has no uncertainties."
)
_HELP = (
    "All conditions apply together. Percentages come last: each is taken of the "
    "galaxies that all sliders of answers and all conditions above it leave."
)
_FULL = f"{MOST_CONDITIONS} conditions are set, the most there can be."
_KINDS = {
    "tail": "Probability above t",
    "sigma": "Standard deviation σ",
}
_NOTES = {
    "tail": "Minimum of P(ρ > t), the probability that the vote fraction exceeds t.",
    "sigma": "Maximum of σ of the vote fraction: lower is more certain.",
}
_ENDS = {"surest": "Most certain", "least": "Least certain"}

Change = Callable[..., None]  # of a control's key, the field it sets, and its digits


@dataclass(frozen=True)
class _Field:
    """A number of a condition: its name there, its label, its limits and its slider."""

    name: str
    label: str
    low: float
    high: float
    step: float
    slider: tuple[float, float]
    digits: int = 6


def draw(release: LoadedRelease) -> None:
    """The conditions that are set, and a menu of kinds for another one."""
    st.markdown("##### Uncertainty", help=_HELP)
    if not release.has_uncertainty:
        st.caption(_WITHOUT)
        return
    conditions = selection_widgets.certain(release)
    if conditions:
        keep_focus("certain_")
    for number, condition in zip(_numbered(conditions), conditions, strict=True):
        _card(release, number, condition)
    if len(conditions) >= MOST_CONDITIONS:
        st.caption(f"{_FULL} Remove one to add another.")
        return
    kinds = _kinds(release)
    # A menu of its own each time: a message that is late has the choice made before in
    # it, which would be added again.
    key = f"certain_add_{st.session_state.get(_ADDED, 0)}"
    st.selectbox(
        "Add a condition",
        [*kinds],
        format_func=kinds.get,
        index=None,
        placeholder="Add a condition",
        label_visibility="collapsed",
        key=key,
        on_change=_add,
        args=(release, key),
    )


def _kinds(release: LoadedRelease) -> Mapping[str, str]:
    """Code -> words of the kinds of conditions that a release can serve."""
    measures = release.measures.items()
    titles = {n: f"% by {one.title.lower()}" for n, one in measures}
    return {**_KINDS, **titles}


def _card(release: LoadedRelease, number: int, condition: Certainty) -> None:
    tree, kind, key = release.tree, _kind(condition), f"certain_{number}"
    change = partial(_change, release, number)
    measure = release.measures.get(kind)
    answer = words.plain(tree.words(condition.label))
    with st.container(key=key, border=True, gap="small"):
        left, right = st.columns([6, 1], gap="small", vertical_alignment="center")
        with left:
            _choice(f"{key}_kind", "Kind of condition", _kinds(release), kind, change)
        right.button(
            f"Remove the condition on {answer}",
            icon=":material/close:",
            type="tertiary",
            key=f"{key}_remove",
            on_click=_put,
            args=(release, number, None),
            help="Remove this condition",
        )
        st.caption(measure.note if measure else _NOTES[kind])
        answers = choices("answer", tree)
        _choice(f"{key}_label", "Answer", answers, condition.label, change)
        if isinstance(condition, Surest):
            _end(f"{key}_least", condition, change)
        for field in _fields(release, condition):
            value = getattr(condition, field.name)
            _number(f"{key}_{field.name}", field, value, change)


def _fields(release: LoadedRelease, condition: Certainty) -> tuple[_Field, ...]:
    match condition:
        case Tail():
            low, high, _, step = thresholds(release)
            # Of several passes P(ρ > t) is known at the slider's positions alone.
            ends, digits = ((low, high), 1) if release.has_samples else ((0.0, 1.0), 6)
            of_tail = "Vote fraction above", *ends, step, (low, high), digits
            at_least = "Probability at least", 0.0, 1.0, 0.01, (0.0, 1.0)
            return _Field("threshold", *of_tail), _Field("at_least", *at_least)
        case Spread():
            ends = (0.0, MOST_SIGMA)
            return (_Field("at_most", "σ at most", *ends, 0.005, ends),)
        case Surest():
            return (
                _Field("percent", "Percentage kept", 0.0, 100.0, 0.5, (0.5, 100.0)),
            )


def _choice(
    key: str, label: str, options: Mapping[str, str], value: str, change: Change
) -> None:
    show(key, value)
    st.selectbox(
        label,
        [*options],
        format_func=options.get,
        label_visibility="collapsed",
        key=key,
        on_change=change,
        args=(key, key.rpartition("_")[2]),
    )


def _end(key: str, condition: Surest, change: Change) -> None:
    show(key, "least" if condition.least else "surest")
    st.segmented_control(
        "Most or least certain",
        [*_ENDS],
        format_func=_ENDS.get,
        required=True,
        label_visibility="collapsed",
        key=key,
        on_change=change,
        args=(key, "least"),
    )


def _number(key: str, field: _Field, value: float, change: Change) -> None:
    """A number as a slider and, exactly, as a field; a slider may end before it."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    low, high = field.slider
    show(f"{key}_slider", min(max(value, low), high))
    left.slider(
        field.label,
        low,
        high,
        step=field.step,
        format="%g",
        key=f"{key}_slider",
        on_change=change,
        args=(f"{key}_slider", field.name, field.digits),
    )
    show(f"{key}_value", value)
    right.number_input(
        f"{field.label}, exactly",
        field.low,
        field.high,
        step=field.step,
        format="%g",
        label_visibility="collapsed",
        key=f"{key}_value",
        on_change=change,
        args=(f"{key}_value", field.name, field.digits),
    )


def _kind(condition: Certainty) -> str:
    match condition:
        case Tail():
            return "tail"
        case Spread():
            return "sigma"
        case Surest(by):
            return by


def _of_kind(kind: str, label: str) -> Certainty:
    """A condition of a kind with its usual numbers."""
    if kind in UNCERTAINTIES:
        return Surest(kind, label)
    return Tail(label) if kind == "tail" else Spread(label)


def _add(release: LoadedRelease, key: str) -> None:
    """Add a condition of the chosen kind: on an answer that is limited, if any is, and
    on one that has no such condition yet; a callback.
    """
    kind = st.session_state[key]
    if kind is None:
        return
    st.session_state[_ADDED] = st.session_state.get(_ADDED, 0) + 1
    present = selection_widgets.certain(release)
    labels = (*_limited(release.tree), *release.tree.labels)
    every = (_of_kind(kind, label) for label in labels)
    new = next(condition for condition in every if condition not in present)
    with toasts.refusals():
        selection_widgets.set_certain((*present, new), release.tree)


def _limited(tree: DecisionTree) -> list[str]:
    """Answers that are limited, the last one first."""
    return [n for n in reversed(tree.labels) if selection_widgets.is_active(n)]


def _change(
    release: LoadedRelease, number: int, key: str, name: str, digits: int = 6
) -> None:
    """Take over the value of a card's control; a callback."""
    if late_messages.is_late(key):
        return
    value: Any = st.session_state[key]
    if isinstance(value, float):
        value = round(value, digits)

    def changed(before: Certainty) -> Certainty:
        if name == "kind":
            return _of_kind(value, before.label)
        return replace(before, **{name: value == "least" if name == "least" else value})

    _put(release, number, changed)


def _put(
    release: LoadedRelease,
    number: int,
    changed: Callable[[Certainty], Certainty] | None,
) -> None:
    """Replace the condition of a card, or remove it; a callback.

    A condition that cannot be is refused in a sentence, and the one before stays.
    """
    conditions = selection_widgets.certain(release)
    numbers = _numbered(conditions)
    if number not in numbers:
        return  # it was removed meanwhile
    place = numbers.index(number)
    others = conditions[:place] + conditions[place + 1 :]
    with toasts.refusals():
        new = () if changed is None else (changed(conditions[place]),)
        if set(new) & set(others):
            toasts.note("Two conditions are equal now, and are one.")
        selection_widgets.set_certain((*others, *new), release.tree)
        for one in new:
            st.session_state[_NUMBERS].setdefault(to_text(one), number)


def _numbered(conditions: Sequence[Certainty]) -> list[int]:
    """The numbers of the conditions' cards: those of before, or new ones."""
    before = st.session_state.get(_NUMBERS, {})
    texts = [to_text(condition) for condition in conditions]
    first = st.session_state.get(_NEXT, 0)
    fresh = [text for text in texts if text not in before]
    new = {text: first + place for place, text in enumerate(fresh)}
    st.session_state[_NEXT] = first + len(fresh)
    st.session_state[_NUMBERS] = {text: {**before, **new}[text] for text in texts}
    return [*st.session_state[_NUMBERS].values()]
