"""The browser's address: a button that copies it, and ways to change it."""

from dataclasses import asdict, dataclass
from uuid import uuid4

from pages.common.components.declared import declared

_mount = declared(
    __file__, '<button type="button"></button><span role="status"></span>'
)


@dataclass(frozen=True)
class Turn:
    """Where the browser is to go: a page and its whole query."""

    href: str
    instead: bool = False  # in place of the present address, not after it


def link_button(*, go: Turn | None = None) -> None:
    """The button that copies the address of the view; with ``go``, one goes on."""
    turn = asdict(go) | {"turn": uuid4().hex} if go else None
    _mount(key="address", data={"go": turn}, width="content")
