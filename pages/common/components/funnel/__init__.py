"""The number of galaxies after each step of the selection; a step can be opened."""

from collections.abc import Callable

from morph.selection.funnel import Funnel
from pages.common import words
from pages.common.components.declared import declared

_draw = declared(__file__, '<div class="funnel" role="list"></div>', fetched=True)


def draw(
    counted: Funnel,
    *,
    chosen: int | None = None,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """The whole release, then every step with what it leaves and removes.

    ``on_choose`` is called with the position of the step that was pressed; ``chosen``
    is the one that is open.
    """
    _draw(
        "funnel",
        label="Steps of the selection",
        total=counted.total,
        chosen=chosen,
        choosing=on_choose is not None,
        steps=[
            {
                "title": words.sentence(row.step.short),
                "words": words.sentence(row.step.words),
                "left": row.left,
                "removed": row.removed,
            }
            for row in counted.rows
        ],
        on_choose=on_choose,
    )
