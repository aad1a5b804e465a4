"""Agreement of two releases, cached, and the galaxies that Compare shows."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from morph.analysis import agreement, change
from morph.analysis.agreement import Agreement
from morph.catalogue.arrays import at_rows, by_name
from morph.catalogue.release_table import LoadedRelease
from morph.trees.decision_tree import Question
from pages.common.components.before_after import Card
from pages.common.components.gallery.packing import Bar, Tile
from pages.common.galaxies import tiles
from pages.common.here import BY_RELEASE, HASHES, Here

MOST_MOVED = 12
IN_CELL = 12


@dataclass(frozen=True)
class OneQuestion:
    """Results for one question; ``moved`` as in `agreement.moved_most`."""

    confusion: pd.DataFrame
    changes: pd.DataFrame
    summary: pd.DataFrame
    moved: pd.DataFrame


def by_shared(here: Here) -> list[LoadedRelease]:
    """The other releases, first those with most of this one's galaxies.

    Of equally many, those of the same survey come first, then the newest.
    """
    survey = here.release.manifest.survey
    return sorted(
        here.others,
        key=lambda one: (-in_common(here, one), one.manifest.survey != survey),
    )


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=BY_RELEASE)
def in_common(here: Here, reference: LoadedRelease) -> int:
    """How many galaxies of the release the other has too."""
    return change.shared(here.con, reference, here.release)


@st.cache_data(max_entries=60, show_spinner=False, hash_funcs=HASHES)
def whole(here: Here, reference: LoadedRelease) -> Agreement:
    """Agreement of the two releases on every question, for the selection."""
    return agreement.agreement(here.con, reference, here.release, here.selection)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def one_question(
    here: Here, reference: LoadedRelease, question: Question
) -> OneQuestion:
    """Confusion, changes and the galaxies that changed most on one question."""
    both = answered(here, reference, question)
    return OneQuestion(
        agreement.confusion(both),
        agreement.change_histogram(both),
        agreement.change_by_label(both),
        agreement.moved_most(both, count=MOST_MOVED),
    )


def cell_tiles(
    here: Here, reference: LoadedRelease, cell: tuple[str, str]
) -> list[Tile]:
    """Galaxies in a cell of the confusion matrix, the largest changes first."""
    return tiles.at(here, _cell_rows(here, reference, cell), cell[1])


def moved_cards(here: Here, reference: LoadedRelease, question: Question) -> list[Card]:
    """The galaxies that changed most on a question, with its answers in both."""
    moved = one_question(here, reference, question).moved
    first = question.labels[0]
    now = at_rows(
        here.con, here.release, moved["row"], columns=tiles.columns(here.release, first)
    )
    then = by_name(
        here.con, reference, now["iauname"], columns=tiles.columns(reference, first)
    )
    records = zip(
        tiles.of(now, here.release, about=first),
        then.to_dict("records"),
        now.to_dict("records"),
        moved["distance"],
        strict=True,
    )
    return [
        Card(
            tile.iauname,
            tile.picture,
            tile.link,
            f"fractions differ by {distance:.2f}",
            _bars(old, reference, question),
            _bars(new, here.release, question),
        )
        for tile, old, new, distance in records
    ]


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs=HASHES)
def _cell_rows(
    here: Here, reference: LoadedRelease, cell: tuple[str, str]
) -> list[int]:
    question = here.release.tree.question_of(cell[0])
    inside = agreement.in_cell(answered(here, reference, question), *cell)
    return agreement.moved_most(inside, count=IN_CELL)["row"].tolist()


@st.cache_resource(max_entries=6, show_spinner=False, hash_funcs=HASHES)
def answered(
    here: Here, reference: LoadedRelease, question: Question
) -> agreement.PairedAnswers:
    """The answers of both to one question; shared by the blocks, never changed."""
    return agreement.answers_of_both(
        here.con, reference, here.release, here.selection, question
    )


def _bars(row: dict, release: LoadedRelease, question: Question) -> tuple[Bar, ...]:
    """Expected vote fractions, plus and minus one standard deviation."""
    bars = [tiles.bar(row, release, label) for label in question.labels]
    return tuple(bar for bar in bars if bar)
