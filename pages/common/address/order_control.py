"""The order of galaxies: its controls, and the order as one URL parameter."""

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.selection import ordering
from morph.selection.ordering import Order
from pages.common.address import controls, own_column_control
from pages.common.address.choices import choices

DEFAULT = Order("random")
_OWN = "sort_own"  # the list's column that is sorted by


def choose(release: LoadedRelease, *, about: str) -> Order:
    """The order chosen in the controls; of the answer ``about`` unless one is named."""
    titles = {kind: ordering.TITLES[kind] for kind in ordering.orders(release)}
    if own_column_control.is_offered(_OWN):
        titles |= ordering.LIST_TITLES
    kind = controls.from_list("Sort by", titles, key="sort", width=290)
    if kind in ordering.OF_LIST:
        own = own_column_control.choose(_OWN)
        return Order(kind, own=own.ref, own_name=own.name) if own else DEFAULT
    if kind in ordering.OF_GALAXY:
        seed = controls.seed("Shuffle") if kind == "random" else 0
        return Order(kind, seed=seed)
    words = choices("answer", release.tree)
    more = {"index": None, "placeholder": words[about], "width": 190}
    label = controls.from_list("of the answer", words, key="by", **more)
    return Order(kind, label or about)


def to_text(order: Order) -> str:
    """An order as one URL parameter: "highest:bar_strong", "random:3", "iauname"."""
    if order.kind == "random":
        return f"random:{order.seed}"
    about = order.own or order.label
    return f"{order.kind}:{about}" if about else order.kind


def from_text(text: str | None, release: LoadedRelease) -> Order:
    """The order that `to_text` wrote; the default where it cannot be understood."""
    kind, _, about = (text or "").partition(":")
    try:
        if kind == "random":
            return Order(kind, seed=int(about))
        if kind in ordering.OF_LIST:
            own = own_column_control.known(about)
            return Order(kind, own=own.ref, own_name=own.name) if own else DEFAULT
        order = Order(kind, about or None)
        order.sql(release)
    except (MorphError, ValueError):
        return DEFAULT
    return order
