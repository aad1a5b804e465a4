"""A text of JSON to edit, sent while it is typed."""

from collections.abc import Callable

from pages.common.components.declared import declared

_draw = declared(__file__, '<textarea spellcheck="false"></textarea>', uses=())


def json_editor(
    text: str, *, key: str, label: str, revision: int, on_typed: Callable[[str], None]
) -> None:
    """Edit ``text``; ``on_typed`` is called with it once typing pauses.

    The text being typed is replaced only if ``revision`` differs from the last one.
    """
    _draw(key, text=text, label=label, revision=revision, on_typed=on_typed)
