"""How many galaxies each step of the selection leaves; a step can be chosen."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from morph.funnel import Funnel
from pages.common import words

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "morph_funnel",
    html='<div class="funnel" role="list"></div>',
    css=(_HERE / "funnel.css").read_text(encoding="utf-8"),
    js=(_HERE / "funnel.js").read_text(encoding="utf-8"),
)


def draw(
    counted: Funnel,
    *,
    chosen: int | None = None,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """The whole release, then every step with what it leaves and removes.

    ``on_choose`` is called with the place of the step that was pressed; ``chosen`` is
    the one that is open.
    """

    def pressed() -> None:
        place = st.session_state["funnel"].get("choose")
        if on_choose is not None and place is not None:
            on_choose(place)

    _mount(
        key="funnel",
        data={
            "total": counted.total,
            "chosen": chosen,
            "choosing": on_choose is not None,
            "steps": [
                {
                    "title": words.sentence(row.step.short),
                    "words": words.sentence(row.step.words),
                    "left": row.left,
                    "removed": row.removed,
                }
                for row in counted.rows
            ],
        },
        on_choose_change=pressed,
    )
