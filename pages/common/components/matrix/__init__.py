"""A table of counts whose cells can be chosen: answers of one release by another's."""

from collections.abc import Callable, Sequence

from pages.common.components.declared import declared, heard

_mount = declared(
    __file__, '<div class="box"><table></table></div>', shares=("drawing",)
)


def matrix(
    counts: Sequence[Sequence[int]],
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
    _mount(
        key=key,
        data={
            "label": label,
            "counts": [[int(count) for count in row] for row in counts],
            "names": list(names),
            "rows": rows,
            "columns": columns,
            "chosen": chosen,
        },
        on_choose_change=heard(key, "choose", lambda cell: on_choose(*cell)),
    )
