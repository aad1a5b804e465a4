"""Controls whose values stand in the address, each under its key."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st


def one_of(name: str, label: str, options: Iterable[Any], **others: Any) -> Any:
    """One of a row of options, at first the first; they may be codes with words."""
    return st.segmented_control(
        label,
        list(options),
        default=next(iter(options)),
        required=True,
        format_func=options.get if isinstance(options, Mapping) else str,
        key=name,
        bind="query-params",
        **others,
    )


def pick(
    name: str,
    label: str,
    options: Iterable[Any],
    words: Callable[[Any], str] = str,
    **others: Any,
) -> Any:
    """One of a menu of options, shown by their ``words``."""
    return st.selectbox(
        label,
        list(options),
        format_func=words,
        key=name,
        bind="query-params",
        **others,
    )


def slider(name: str, label: str, *numbers: Any, **others: Any) -> Any:
    """A slider; ``numbers`` are its ends, its first value and its step."""
    return st.slider(label, *numbers, key=name, bind="query-params", **others)
