"""A table of counts whose cells can be chosen: answers of one release by another's."""

from collections.abc import Callable, Sequence

import numpy as np

from pages.common.components.declared import declared

_draw = declared(__file__, '<div class="matrix"><table role="table"></table></div>')


def matrix(
    counts: np.ndarray,
    names: Sequence[str],
    *,
    key: str,
    label: str,
    rows: str,
    columns: str,
    chosen: tuple[int, int] | None,
    on_choose: Callable[[int, int], None],
) -> None:
    """Draw counts; ``on_choose`` is called with the row and column of a cell.

    ``names`` head the rows and the columns alike; ``rows`` and ``columns`` say whose
    they are. ``label`` describes the table for screen readers.
    """
    _draw(
        key,
        label=label,
        counts=counts.tolist(),
        names=names,
        rows=rows,
        columns=columns,
        chosen=chosen,
        on_choose=lambda cell: on_choose(*cell),
    )
