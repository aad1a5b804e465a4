"""One field for each setting of a run, made from its description."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from morph.new_run.ingredients import Ingredients
from morph.runs.config_adaptation import PRESETS as METHODS
from morph.runs.settings import REQUIRED, Setting, value_at
from morph.trees.decision_tree import TREES
from pages.common import words

_EXACT = 2**53  # larger whole numbers are not exact in the browser
# Settings that name what the run makes, typed and not chosen.
_TYPED = ("release.release_id", "map.name")
_SUGGESTED = {
    "method": tuple(METHODS),
    "tree": tuple(TREES),
    "model.encoder": ("small", "efficientnetv2_s", "convnext_nano"),
    "encoder.encoder": ("convnext_nano", "efficientnetv2_s"),
}


Take = Callable[[Setting, Any], None]


def field(
    setting: Setting,
    found: Ingredients,
    values: Mapping[str, Any],
    take: Take,
    *,
    key: str,
    problem: str = "",
) -> None:
    """Draw the field of a setting among ``values``, and what is wrong with it.

    ``take`` is called with its new value.
    """
    value = value_at(values, setting.path, setting.default)
    shared = {
        "label": title(setting),
        "key": key,
        "help": help_of(setting),
        "on_change": _changed,
        "args": (setting, key, take),
    }
    _widget(setting, None if value is REQUIRED else value, found, shared)
    if problem:
        wrong(problem)


def wrong(problem: str) -> None:
    """Say what is wrong, in the words of the run itself."""
    st.markdown(f":red[:small[{words.plain(problem)}]]")


def title(setting: Setting) -> str:
    """The name of a setting as the label of its field."""
    return words.sentence(setting.name.replace("_", " "))


def help_of(setting: Setting) -> str:
    """What a setting means, its limits and its default."""
    parts = [words.sentence(setting.means)] if setting.means else []
    if setting.limits:
        low, high = (f"{number:,.10g}" for number in setting.limits)
        parts.append(f"From {low} to {high}")
    if setting.default not in (REQUIRED, None, "", ()):
        parts.append(f"Default: {setting.default}")
    return "\n\n".join([*parts, f"`{setting.path}`"])


def numbers_in(text: str) -> list[float] | str:
    """The numbers in a text, separated by commas; the text itself if it has others."""
    try:
        return [float(part) for part in text.split(",")] if text.strip() else []
    except ValueError:
        return text


def shown(value: Any) -> str:
    """A value in a table of settings, where None is one that was left out."""
    return "default" if value is None else str(value)


def _widget(
    setting: Setting, value: Any, found: Ingredients, shared: dict[str, Any]
) -> None:
    label = shared.pop("label")
    if setting.names and setting.path not in _TYPED:
        _names(setting, value, found.names(setting.names), label, shared)
    elif setting.choices or setting.path in _SUGGESTED:
        known = setting.choices or _SUGGESTED[setting.path]
        free = not setting.choices and setting.path != "tree"
        _one_of(known, value, label, shared, free=free)
    elif setting.several:
        text = value if isinstance(value, str) else ", ".join(map(str, value or ()))
        st.text_input(label, text, placeholder="Numbers, separated by commas", **shared)
    elif setting.type is bool:
        st.toggle(label, value is True, **shared)
    elif setting.type is int and isinstance(value, int) and abs(value) < _EXACT:
        st.number_input(label, value=value, step=1, **shared)
    elif setting.type is float and _is_number(value):
        step = 10.0 ** (len(str(int(abs(value)))) - 2) if abs(value) >= 1 else 0.01
        st.number_input(label, value=float(value), step=step, format="%g", **shared)
    else:  # a value of another type, typed as JSON, is shown as it is
        st.text_input(label, "" if value is None else str(value), **shared)


def _is_number(value: Any) -> bool:
    """Whether the browser can show it as a number."""
    return isinstance(value, int | float) and abs(value) < _EXACT  # no NaN


def _names(
    setting: Setting,
    value: Any,
    known: Sequence[str],
    label: str,
    shared: dict[str, Any],
) -> None:
    """Choose names of what is there; a name that is not there stays chosen."""
    if setting.several:
        given = value if isinstance(value, list | tuple) else ()
        chosen = list(dict.fromkeys(one for one in given if isinstance(one, str)))
        options = list(dict.fromkeys([*known, *chosen]))
        st.multiselect(label, options, chosen, **shared)
    else:
        _one_of(known, value, label, shared, free=False)


def _one_of(
    known: Sequence[Any], value: Any, label: str, shared: dict[str, Any], *, free: bool
) -> None:
    options = list(known)
    if value is not None and value not in options:
        options.append(value)
    index = options.index(value) if value is not None else None
    st.selectbox(
        label, options, index, accept_new_options=free, placeholder="Choose", **shared
    )


def _changed(setting: Setting, key: str, take: Take) -> None:
    value = st.session_state[key]
    if setting.several and isinstance(value, str):
        value = numbers_in(value)
    take(setting, None if setting.optional and value == "" else value)
