"""Pins stored in the browser, which restores them in that person's next session."""

from pages.common import pins
from pages.common.components.declared import declared
from pages.common.server import who_may

_draw = declared(__file__, "<span></span>", uses=())


def keep() -> None:
    """Store the pins in the browser, or restore those stored before."""
    now = pins.pinned() if pins.known() else None
    _draw("pin_keeper", pins=now, person=who_may.person(), on_found=pins.restore)
