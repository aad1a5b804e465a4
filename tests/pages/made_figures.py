"""The figures that a page offers, and their files as somebody downloads them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from morph.figures.in_print.about import About
from pages.common import figure_file
from pages.common.figure_file import Drawing


@dataclass(frozen=True)
class Offered:
    """One figure of a page."""

    drawing: Drawing
    caption: str
    columns: int

    def file(self, form: str, *, letters: float = 8.0) -> bytes:
        """Its file, of the width that is offered first."""
        about = About("title", figure_file.plain(self.caption), {"release": "demo@7"})
        return figure_file.file_of(self.drawing, form, self.columns, letters, about)


def noted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Offered]:
    """The figures of the pages that are drawn from now on, by their keys."""
    found: dict[str, Offered] = {}
    offer: Callable = figure_file.offer

    def note(
        drawing: Drawing,
        *,
        key: str,
        caption: str | Callable[[], str],
        columns: int = 88,
        **more: Any,
    ) -> None:
        text = caption if isinstance(caption, str) else caption()
        found[key] = Offered(drawing, text, columns)
        offer(drawing, key=key, caption=caption, columns=columns, **more)

    monkeypatch.setattr(figure_file, "offer", note)
    return found
