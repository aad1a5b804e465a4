"""Declare a component, and receive its events."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_SHARED = Path(__file__).parent / "shared"


def declared(
    module: str, html: str, *, shares: Iterable[str] = ()
) -> ComponentRenderer:
    """The component of the folder of ``module``, a package's ``__file__``.

    Its scripts and styles are all of the folder, after those that it ``shares`` with
    other components: files of the folder ``shared``, named without their suffix.
    """
    folder = Path(module).parent
    files = [file for name in shares for file in _SHARED.glob(f"{name}.*")]
    files += sorted(folder.iterdir())
    scripts, styles = (
        "\n".join(
            file.read_text(encoding="utf-8") for file in files if file.suffix == suffix
        )
        for suffix in (".js", ".css")
    )
    return st.components.v2.component(
        f"morph_{folder.name}", html=html, css=styles or None, js=scripts
    )


def heard(key: str, event: str, take: Callable[[Any], None]) -> Callable[[], None]:
    """A callback that gives ``take`` what component ``key`` sent with ``event``."""

    def hear() -> None:
        value = st.session_state[key].get(event)
        if value is not None:
            take(value)

    return hear
