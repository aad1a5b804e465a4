"""The order of galaxies: its controls, and the order as one URL parameter."""

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.selection import ordering
from morph.selection.ordering import Order
from pages.common.address.controls import pick

DEFAULT = Order("random")


def choose(release: LoadedRelease, *, about: str) -> Order:
    """The order chosen in the controls; of the answer ``about`` unless one is named."""
    kind = pick(
        "sort", "Sort by", ordering.orders(release), ordering.TITLES.get, width=290
    )
    if kind in ordering.OF_GALAXY:
        seed = _shuffled() if kind == "random" else 0
        return Order(kind, seed=seed)
    chosen = pick(
        "by",
        "of the answer",
        release.tree.labels,
        release.tree.words,
        index=None,
        placeholder=release.tree.words(about),
        width=190,
    )
    return Order(kind, chosen or about)


def to_text(order: Order) -> str:
    """An order as one URL parameter: "highest:bar_strong", "random:3", "iauname"."""
    if order.kind == "random":
        return f"random:{order.seed}"
    return f"{order.kind}:{order.label}" if order.label else order.kind


def from_text(text: str | None, release: LoadedRelease) -> Order:
    """The order that `to_text` wrote; the default where it cannot be understood."""
    kind, _, about = (text or "").partition(":")
    try:
        if kind == "random":
            return Order(kind, seed=int(about))
        order = Order(kind, about or None)
        order.sql(release)
    except (MorphError, ValueError):
        return DEFAULT
    return order


def _shuffled() -> int:
    def shuffle() -> None:
        st.session_state["seed"] = st.session_state.get("seed", 0) + 1

    st.number_input("Seed", 0, 999_999, 0, key="seed", bind="query-params", width=110)
    st.button("Shuffle", icon=":material/shuffle:", on_click=shuffle, key="shuffle")
    return st.session_state["seed"]
