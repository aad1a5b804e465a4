"""Declare a component: what the browser draws, and what is done with its events."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

_SHARED = Path(__file__).parent / "shared"


def declared(module: str, html: str = "") -> Callable[..., None]:
    """A function that draws the component in the folder of the file ``module``.

    It takes the key, data for the script, in which dataclasses become objects, and
    ``on_EVENT`` for each event. Scripts and styles: those shared, then the folder's.
    """
    folder = Path(module).parent
    files = sorted(_SHARED.iterdir()) + sorted(folder.iterdir())
    scripts, styles = (
        "\n".join(
            file.read_text(encoding="utf-8") for file in files if file.suffix == suffix
        )
        for suffix in (".js", ".css")
    )
    component = st.components.v2.component(
        f"morph_{folder.name}",
        html=html or f'<div class="{folder.name}" role="group"></div>',
        css=styles,
        js=scripts,
    )

    def draw(key: str, width: str = "stretch", /, **given: Any) -> None:
        data = {name: one for name, one in given.items() if not name.startswith("on_")}
        events = {
            f"{name}_change": heard(key, name.removeprefix("on_"), take)
            for name, take in given.items()
            if name not in data
        }
        plain = json.loads(json.dumps(data, default=_plain))
        component(key=key, width=width, data=plain, **events)

    return draw


def _plain(value: Any) -> Any:
    """A number of numpy as that of Python, a dataclass as its fields."""
    return value.item() if isinstance(value, np.generic) else vars(value)


def heard(
    key: str, event: str, take: Callable[[Any], None] | None
) -> Callable[[], None]:
    """A callback that gives ``take``, if any, what component ``key`` sent."""

    def hear() -> None:
        value = st.session_state[key].get(event)
        if value is not None and take is not None:
            take(value)

    return hear
