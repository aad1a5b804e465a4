"""The order of galaxies: its controls, and the order as one URL parameter."""

import streamlit as st

from morph.catalogue.own_columns.own_column import OwnColumn
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.selection.certainty.certainty import Tail
from morph.selection.listing.order import (
    EARLIER_KINDS,
    KINDS,
    Order,
    orders,
    thresholds,
)
from pages.common import toasts
from pages.common.address import controls, own_column_control
from pages.common.address.choices import choices

DEFAULT = Order("random")
_OWN = "sort_own"  # the list's column that is sorted by
_LAST = "order_last"  # in the session: the order that was last chosen
_REFUSED = "order_refused"  # in the session: the text of an address that was no order
_USUAL = "usual"  # the order of rows without one of Explore
_HELP = (
    "Type to search, such as “redshift”. Galaxies with the same value are in the order "
    "of their names; those without the value come last."
)


def choose(release: LoadedRelease, *, about: str) -> Order:
    """The order chosen in the controls; of the answer ``about`` unless one is named."""
    offered = {*orders(release)}
    own = own_column_control.is_offered(_OWN)
    titles = {
        code: kind.title
        for code, kind in KINDS.items()
        if code in offered or (own and kind.of == "own")
    }
    code = controls.from_list("Sort by", titles, key="sort", width=252, help=_HELP)
    order = _in_full(code, release, about)
    st.session_state[_LAST] = order
    return order


def last() -> Order:
    """The order that was last chosen in this session; the default before that."""
    return st.session_state.get(_LAST, DEFAULT)


def of_rows(
    release: LoadedRelease,
    usual: str = "By position on the sky",
    *,
    key: str = "row_order",
) -> Order | None:
    """The order of a file's rows: that of Explore; None for the ``usual`` one."""
    order = last()
    try:
        words = order.words(release)
        order.sql(release)
    except MorphError:  # of another release
        return None
    titles = {_USUAL: usual, "explore": f"As in Explore: {words}"}
    chosen = controls.from_list(
        "Order of the rows",
        titles,
        key=key,
        bind=None,
        help="Sort the galaxies in Explore.",
    )
    return order if chosen == "explore" else None


def _in_full(code: str, release: LoadedRelease, about: str) -> Order:
    """The order of a kind, with the controls that the kind needs."""
    kind = KINDS[code]
    if kind.of == "own":
        own = own_column_control.choose(_OWN)
        return _of_own(code, own) if own else DEFAULT
    if kind.of == "random":
        return Order(code, seed=controls.seed("Shuffle"))
    if not kind.needs_answer:
        return Order(code)
    words = choices("answer", release.tree)
    more = {"index": None, "placeholder": words[about], "width": 160}
    label = controls.from_list("of the answer", words, key="by", **more) or about
    if kind.of != "tail":
        return Order(code, label)
    values = {t: f"{t:g}" for t in thresholds(release)}
    usual = [*values].index(Tail.threshold)
    t = controls.from_list("above t", values, key="sort_t", index=usual, width=76)
    return Order(code, label, threshold=t)


def to_text(order: Order) -> str:
    """An order as one URL parameter: "highest:bar_strong", "random:3", "iauname"."""
    if order.by.of == "random":
        return f"random:{order.seed}"
    about = order.own or order.label
    text = f"{order.kind}:{about}" if about else order.kind
    return f"{text}:{order.threshold:g}" if order.by.of == "tail" else text


def to_query(order: Order) -> dict[str, str]:
    """An order as the parameters of its controls in Explore."""
    query = {"sort": order.kind}
    if order.by.of == "random":
        query["seed"] = str(order.seed)
    if order.by.needs_answer:
        query["by"] = str(order.label)
    if order.by.of == "tail":
        query["sort_t"] = f"{order.threshold:g}"
    return query | ({_OWN: order.own} if order.own else {})


def from_text(text: str | None, release: LoadedRelease) -> Order:
    """The order that `to_text` wrote; the default where there is none.

    Raises MorphError where it cannot be understood, or the release cannot serve it.
    """
    if not text:
        return DEFAULT
    code, *more = text.split(":")
    code = EARLIER_KINDS.get(code, code)
    if code not in KINDS:
        raise MorphError(f"“{code}” is not an order")
    of, about = KINDS[code].of, more[0] if more else ""
    try:
        if of == "random":
            return Order(code, seed=int(about))
        if of == "own":
            return _of_own(code, own_column_control.known(about))
        threshold = float(more[1]) if of == "tail" and len(more) > 1 else Tail.threshold
    except ValueError as error:
        raise MorphError(f"“{more[-1]}” is not a number") from error
    order = Order(code, about or None, threshold=threshold)
    order.sql(release)
    return order


def from_address(release: LoadedRelease) -> Order:
    """The order of the parameter ``order``; the default, and a notice, if it is none.

    The notice is shown once.
    """
    text = st.query_params.get("order")
    try:
        return from_text(text, release)
    except MorphError as error:
        if st.session_state.get(_REFUSED) != text:
            st.session_state[_REFUSED] = text
            toasts.note_ignored(f"order={text[:60]} ignored: {error}")
        return DEFAULT


def _of_own(code: str, own: OwnColumn | None) -> Order:
    if own is None:
        raise MorphError("you have no such column")
    return Order(code, own=own.ref, own_name=own.name)
