"""What Compare shows of two releases, computed once and kept; and their galaxies."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.analysis import agreement
from morph.analysis.agreement import Agreement
from morph.catalogue.arrays import at_rows, by_name
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.tree import Question
from morph.selection.selection import Selection
from morph.selection.url import digest
from morph.wording import percent
from pages.common.components.before_after import Card
from pages.common.components.gallery import Bar, Tile
from pages.common.galaxies import tiles
from pages.common.here import Here

ORDER = "random:0"  # among its neighbours in which an opened galaxy is shown
MOST_MOVED = 12
IN_CELL = 12


@dataclass(frozen=True)
class Pair:
    """The release of the page, the one it is held against, and who is compared."""

    con: DuckDBPyConnection
    reference: LoadedRelease
    release: LoadedRelease
    selection: Selection

    @property
    def key(self) -> tuple[str, str, str]:
        """What anything computed of the pair may be kept under."""
        return self.reference.key, self.release.key, digest(self.selection)


@dataclass(frozen=True)
class OneQuestion:
    """What the two say about one question; ``moved`` as `agreement.moved_most`."""

    confusion: pd.DataFrame
    changes: pd.DataFrame
    summary: pd.DataFrame
    moved: pd.DataFrame


def pair(here: Here, reference: LoadedRelease) -> Pair:
    """The page's release and selection beside another release."""
    return Pair(here.con, reference, here.release, here.selection)


def whole(two: Pair) -> Agreement:
    """Agreement on every question."""
    return _whole(two.key, two)


def one_question(two: Pair, question: Question) -> OneQuestion:
    """Confusion, change and the galaxies that moved most on one question."""
    return _one_question(two.key, question.name, two)


def cell_tiles(two: Pair, cell: tuple[str, str]) -> list[Tile]:
    """Some galaxies of a cell of the confusion matrix, the farthest moved first."""
    rows = _cell_rows(two.key, cell, two)
    label = cell[1]
    columns = tiles.columns(two.release, label)
    found = at_rows(two.con, two.release, rows, columns=columns)
    return tiles.of(found, two.release, label, order=ORDER)


def moved_cards(two: Pair, question: Question) -> list[Card]:
    """The galaxies that moved most on a question, with its answers in both."""
    moved = one_question(two, question).moved.head(MOST_MOVED)
    columns = tiles.columns(two.release, question.labels[0])
    now = at_rows(two.con, two.release, moved["row"], columns=columns)
    names = now["iauname"].tolist()
    columns = tiles.columns(two.reference, question.labels[0])
    then = by_name(two.con, two.reference, names, columns=columns)
    shown = tiles.of(now, two.release, None, order=ORDER, about=question.labels[0])
    records = zip(
        shown,
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
            f"{percent(distance)} of the votes moved",
            _bars(old, two.reference, question),
            _bars(new, two.release, question),
        )
        for tile, old, new, distance in records
    ]


@st.cache_data(max_entries=60, show_spinner=False)
def _whole(key: tuple, _two: Pair) -> Agreement:
    return agreement.agreement(_two.con, _two.reference, _two.release, _two.selection)


@st.cache_data(max_entries=200, show_spinner=False)
def _one_question(key: tuple, name: str, _two: Pair) -> OneQuestion:
    answered = _answered(_two, _two.release.tree.question(name))
    return OneQuestion(
        agreement.confusion(answered),
        agreement.change_histogram(answered),
        agreement.change_by_label(answered),
        agreement.moved_most(answered, count=MOST_MOVED),
    )


@st.cache_data(max_entries=200, show_spinner=False)
def _cell_rows(key: tuple, cell: tuple[str, str], _two: Pair) -> list[int]:
    answered = _answered(_two, _two.release.tree.question_of(cell[0]))
    inside = agreement.in_cell(answered, *cell)
    return agreement.moved_most(inside, count=IN_CELL)["row"].tolist()


def _answered(two: Pair, question: Question) -> agreement.PairedAnswers:
    return agreement.answers_of_both(
        two.con, two.reference, two.release, two.selection, question
    )


def _bars(row: dict, release: LoadedRelease, question: Question) -> tuple[Bar, ...]:
    bars = [tiles.bar(row, release, label) for label in question.labels]
    return tuple(bar for bar in bars if bar)
