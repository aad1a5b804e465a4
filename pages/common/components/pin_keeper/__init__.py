"""Pins stored in the browser, which restores them in its next session."""

from pages.common import pins
from pages.common.components.declared import declared, heard

_mount = declared(__file__, "<span></span>")


def keep() -> None:
    """Store the pins in the browser, or restore those stored before."""
    now = list(pins.pinned()) if pins.known() else None
    _mount(
        key="pin_keeper",
        data={"pins": now},
        on_found_change=heard("pin_keeper", "found", pins.restore),
    )
