"""Questions as rows: each a bar of its answers, or two bars, before and after."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.common.components.declared import declared, heard


@dataclass(frozen=True)
class StackedBar:
    """Expected fractions of one question's answers, and intervals of their borders."""

    shares: tuple[float, ...]
    borders: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Row:
    """One question; ``bars`` are one, or two of which the first is before.

    ``note`` says how probably it is asked; a row is ``muted`` where it hardly is.
    """

    name: str
    title: str
    note: str
    answers: tuple[str, ...]
    bars: tuple[StackedBar, ...]
    muted: bool = False
    warning: str = ""


_mount = declared(
    __file__, '<div class="rows" role="group"></div>', shares=("drawing", "one_stop")
)


def answer_rows(
    rows: Sequence[Row],
    *,
    key: str,
    label: str,
    chosen: str | None,
    bars: Sequence[str],
    on_choose: Callable[[str], None],
) -> None:
    """Draw ``rows``; ``on_choose`` is called with the name of the one pressed.

    ``bars`` names the bars of each row, where there are two.
    """
    _mount(
        key=key,
        data={
            "label": label,
            "chosen": chosen,
            "bars": list(bars),
            "rows": [asdict(row) for row in rows],
        },
        on_choose_change=heard(key, "choose", on_choose),
    )
