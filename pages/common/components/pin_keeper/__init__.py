"""The browser's memory of pins, so that they are there again in its next session."""

from pages.common import pins
from pages.common.components.declared import declared, heard

_mount = declared(__file__, "<span></span>")


def keep() -> None:
    """Let the browser keep the pins, or give back those it has kept before."""
    now = list(pins.pinned()) if pins.known() else None
    _mount(
        key="pin_keeper",
        data={"pins": now},
        on_found_change=heard("pin_keeper", "found", pins.restore),
    )
