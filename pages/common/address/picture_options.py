"""Controls for how a galaxy's image is rendered, kept in the address."""

from collections.abc import Mapping

import streamlit as st

from morph.images.stretch import STRETCHES

# Code -> words of each choice (`morph.images.rendering`); the address holds the words.
LOOKS: Mapping[str, Mapping[str, str]] = {
    "stretch": {name: one.title for name, one in STRETCHES.items()},
    "zoom": {"1": "1×", "2": "2×", "4": "4×"},
    "bands": {"grz": "grz", "g": "g", "r": "r", "z": "z"},
}


def choice(name: str, label: str, *, disabled: bool, help: str | None) -> str:
    """One of `LOOKS`, as its code, kept in the address."""
    offered = LOOKS[name]
    return st.segmented_control(
        label,
        list(offered),
        default=next(iter(offered)),
        required=True,
        format_func=offered.get,
        key=name,
        bind="query-params",
        disabled=disabled,
        help=help,
    )
