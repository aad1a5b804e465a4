"""The query of the similarity search: examples, space, limits, direction."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from morph.analysis.fractions import HALF
from morph.catalogue.arrays import by_name, rows_of
from morph.home import home
from morph.release.photometry_and_redshifts import MEASURED
from morph.similar.near_examples import SKIP_ARCSEC
from morph.similar.search import TOLERANCE
from pages.common import toasts, words
from pages.common.address import session_and_address
from pages.common.address.controls import from_list, one_of, slider
from pages.common.galaxies import find, vectors
from pages.common.galaxies.vectors import Space
from pages.common.here import Here
from pages.common.server import database
from pages.common.similar import by_tag

SPACE_WORDS = {"features": "image features", "answers": "vote fractions"}
# The words of the control, which also stand in addresses.
SPACES = {words.sentence(text): space for space, text in SPACE_WORDS.items()}
SHOWN = (24, 48, 96)
MOST_EXAMPLES = 20
MAGNITUDE, MAGNITUDES = "mag_r", 1.0  # the column, and the largest difference
_LIKE, _UNLIKE = "like", "unlike"
_EXAMPLES = "similar_examples"
_TOWARDS, _WANTED = "towards", "wanted"
_ENDS, _LESS, _MORE = (0.0, 1.0), 0.1, 0.9  # of a target fraction


@dataclass(frozen=True)
class Towards:
    """An answer, its target fraction, and whether to find only such galaxies."""

    label: str
    wanted: float
    only: bool


@dataclass(frozen=True)
class Query:
    """Positive and negative examples, and where to search."""

    like: tuple[str, ...]
    unlike: tuple[str, ...]
    space: Space = "features"
    count: int = 48
    inside: bool = False
    skip: bool = True
    same_magnitude: bool = False


def examples(here: Here) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the examples in the address and the session.

    Names that are not in the release are dropped with a notice.
    """
    addressed = [session_and_address.from_address(name) for name in (_LIKE, _UNLIKE)]
    asked = st.session_state.get(_EXAMPLES, ((), ()))
    if any(group is not None for group in addressed):
        asked = tuple(tuple(st.query_params.get_all(n)) for n in (_LIKE, _UNLIKE))
    names = [name for group in asked for name in group]
    known = rows_of(here.con, here.release, names)
    for name in names:
        if name not in known:
            toasts.note(
                f"{here.release.release_id} has no galaxy called "
                f"{words.plain(name[:60])}.",
                ":material/link_off:",
            )
    like, unlike = (tuple(n for n in dict.fromkeys(g) if n in known) for g in asked)
    put(like, unlike)
    return like, unlike


def put(like: tuple[str, ...], unlike: tuple[str, ...]) -> None:
    """Make these the examples, in the session and in the address."""
    st.session_state[_EXAMPLES] = like, unlike
    session_and_address.to_address(_LIKE, like)
    session_and_address.to_address(_UNLIKE, unlike)


def change(action: str, name: str) -> None:
    """Add a galaxy to the examples or remove it; only from a callback."""
    like, unlike = _remember()
    like, unlike = (tuple(n for n in group if n != name) for group in (like, unlike))
    if action == "like":
        like = (*like, name)[-MOST_EXAMPLES:]
    elif action == "unlike":
        unlike = (*unlike, name)[-MOST_EXAMPLES:]
    elif action == "only":
        like, unlike = (name,), ()
    put(like, unlike)


def _remember() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The examples, which `undo` then brings back."""
    before = st.session_state.get(_EXAMPLES, ((), ()))
    history = st.session_state.setdefault("similar_before", [])
    history.append(before)
    del history[:-20]
    return before


def undo() -> None:
    """Undo the last change of the examples; only from a callback."""
    put(*st.session_state["similar_before"].pop())


def add_by_name(here: Here) -> None:
    """A box for the name or position of another example, or a tag."""
    text = st.text_input(
        "Find galaxies similar to",
        key="similar_find",
        placeholder="Name, RA Dec, a link, or #tag",
        icon=":material/search:",
    )
    if not text or text == st.session_state.get("similar_found"):
        return
    if by_tag.is_tag(text):
        _add_tagged(here, text)
        return
    name = find.resolve(here, text)
    if name is not None:
        st.session_state["similar_found"] = text
        change("like", name)
        st.rerun()


def _add_tagged(here: Here, text: str) -> None:
    """Make the galaxies with a tag the examples, or say what else can be searched."""
    names = by_tag.examples_of(here, text, MOST_EXAMPLES)
    if names:
        st.session_state["similar_found"] = text
        _remember()
        put(names, ())
        st.rerun()
    else:
        find.resolve(here, text)


def controls(here: Here) -> Query:
    """Where to search, and how many to show."""
    like, unlike = st.session_state[_EXAMPLES]
    spaces = list(SPACES)
    if not vectors.has_features(here.release):
        spaces.remove("Image features")
    bottom = {"horizontal": True, "vertical_alignment": "bottom"}
    with st.container(key="controls_similar", **bottom):
        space = one_of("Compare", spaces, key="space")
        count = one_of("Show", SHOWN, default=48, key="number")
    with st.container(key="controls_similar_where", horizontal=True):
        inside, skip, same_magnitude = _limits(here)
    return Query(like, unlike, SPACES[space], count, inside, skip, same_magnitude)


def _limits(here: Here) -> tuple[bool, bool, bool]:
    """Whether to search the selection only, and to exclude which galaxies."""
    inside = st.toggle(
        "Within the selection only",
        key="inside",
        bind="query-params",
        help=f"Search only the {here.funnel.left:,} selected galaxies.",
    )
    skip = st.toggle(
        f"Exclude galaxies within {SKIP_ARCSEC:g} arcsec",
        True,
        key="skip",
        bind="query-params",
        help="Excludes fragments of an example, and images that also show it.",
    )
    same_magnitude = MAGNITUDE in here.release.physical and st.toggle(
        f"Same magnitude ± {MAGNITUDES:g}",
        key="same_magnitude",
        bind="query-params",
        help=f"{MEASURED[MAGNITUDE].title} within {MAGNITUDES:g} of the mean of "
        "the examples; galaxies without a magnitude are excluded.",
    )
    return inside, skip, same_magnitude


def direction(here: Here, like: Sequence[str]) -> Towards | None:
    """An answer, and its target fraction, towards which to shift the search.

    The target is at first the other end from the examples' own fraction.
    """
    tree = here.release.tree
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = from_list(
            "... but with a different fraction of",
            {label: tree.words(label) for label in tree.labels},
            index=None,
            placeholder="Answer",
            key=_TOWARDS,
            width=210,
            on_change=_other_end,
            args=(here, like),
        )
        if label is None:
            return None
        wanted = slider("Target fraction", *_ENDS, _MORE, 0.01, key=_WANTED, width=220)
    only = st.toggle(
        "Only galaxies that reach it",
        True,
        key="only_wanted",
        bind="query-params",
        help="Only galaxies whose vote fraction of this answer is the target or beyond "
        f"it (± {TOLERANCE:g}), and whose question at least half of the volunteers "
        "would be asked.",
    )
    return Towards(label, wanted, only)


def _other_end(here: Here, like: Sequence[str]) -> None:
    """Aim at little of an answer that examples have, at much of another; a callback."""
    label = st.session_state[_TOWARDS]
    if label is None or not like:
        return
    column = f"{label}_probability"
    with database.cursor(home()) as con:
        own = by_name(con, here.release, like, columns=[column])[column].mean()
    st.session_state[_WANTED] = _LESS if own >= HALF else _MORE
