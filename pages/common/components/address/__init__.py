"""The browser's address: a button that copies it, and navigation to another."""

from dataclasses import asdict, dataclass
from uuid import uuid4

from pages.common.components.declared import declared

_draw = declared(
    __file__, '<button></button><span class="unseen" role="status"></span>'
)


@dataclass(frozen=True)
class Turn:
    """A page to navigate to, with its whole query."""

    href: str
    instead: bool = False  # replaces the current history entry


def link_button(*, release: str = "", go: Turn | None = None) -> None:
    """The button that copies the address with its release; ``go`` navigates."""
    turn = asdict(go) | {"turn": uuid4().hex} if go else None
    _draw("address", "content", release=release, go=turn)
