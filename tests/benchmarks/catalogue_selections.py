"""Counts, galleries and histograms of selections, beside careful numpy."""

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection, DuckDBPyRelation

from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_table import LoadedRelease
from morph.selection.certainty.certainty import Tail
from morph.selection.funnel import count, funnel
from morph.selection.histograms import BINS, crossfiltered, histograms
from morph.selection.listing.order import Order
from morph.selection.listing.ordering import page
from morph.selection.selection import Selection
from morph.selection.slider_axes import axis_of_answer
from morph.trees.decision_tree import GZD5
from tests.benchmarks import brute_force
from tests.benchmarks.cases import Case, Instead
from tests.benchmarks.drawn_selections import between, selections
from tests.benchmarks.in_numpy import Arrays

MANY = 1_000_000  # galaxies from which on other goals hold, and plots are left out
SHOWN = ("ra", "dec", "mag_r", "bar_strong_probability", "bar_strong_variance")
PAGE = 48
ORDERS = (
    Order("highest", "bar_strong"),
    Order("surest_variance", "bar_strong"),
    Order("lowest_mag_r"),
    Order("highest_radius_arcsec"),
    Order("iauname"),
)
NUMPY = "numpy, columns, masks and cells kept"
COUNT = (60, 150)  # ms
COUNT_TIMES, HISTOGRAM_TIMES = 1.5, 2  # of the time of numpy


def cases(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    *,
    repeats: int,
) -> Iterator[Case]:
    """Count and funnel; of fewer than ``MANY`` also gallery and histograms."""
    many = release.galaxies >= MANY
    asked = selections(repeats + 1, one_scan=many)
    yield Case(
        "count",
        asked,
        lambda wanted: count(con, release, wanted),
        lambda wanted: _left(table, wanted)[-1],
        (None, 400) if many else COUNT,
        Instead(NUMPY, lambda wanted: arrays.left(wanted)[-1]),
    )
    if many:
        yield _funnel_of_many(con, release, table, arrays, asked)
        return
    yield _count_and_funnel(con, release, table, arrays, repeats)
    yield _tails(con, release, table, arrays, repeats)
    yield _gallery(con, release, table, arrays, repeats)
    others = (selections(repeats + 1, seed=seed) for seed in (8, 9))
    yield _histograms(con, release, table, arrays, next(others))
    yield _crossfiltered(con, release, table, arrays, next(others))


def _count_and_funnel(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    repeats: int,
) -> Case:
    """As a page asks for both, of selections no mask of which is kept yet."""

    def answer(wanted: Selection) -> tuple[int, list[int]]:
        found = funnel(con, release, wanted)
        return found.left, [row.left for row in found.rows]

    return Case(
        "count and funnel of 5 steps",
        selections(repeats + 1, seed=7),
        answer,
        lambda wanted: _both(_left(table, wanted)),
        COUNT,
        Instead(NUMPY, lambda wanted: _both(arrays.left(wanted)), COUNT_TIMES),
    )


def _funnel_of_many(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    asked: list[Selection],
) -> Case:
    return Case(
        "funnel of 5 steps",
        asked,
        lambda wanted: [row.left for row in funnel(con, release, wanted).rows],
        lambda wanted: _left(table, wanted),
        (None, 1000),
        Instead(NUMPY, arrays.left),
        _not_one_scan(con, release, asked[0]),
    )


def _tails(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    repeats: int,
) -> Case:
    """P(ρ > t) of all galaxies, whatever the tree says, for another t each time."""
    rng = np.random.default_rng(6)
    asked = [
        Tail("bar_strong", between(rng, 0.2, 0.8), between(rng, 0.5, 0.95))
        for _ in range(repeats + 1)
    ]
    return Case(
        "count of P(rho > t) among all",
        asked,
        lambda tail: count(con, release, Selection(rule="off", certainty=(tail,))),
        lambda tail: int(brute_force.tails(table, tail).sum()),
        None,
        Instead("scipy betainc", lambda tail: int(arrays.tails(tail).sum())),
    )


def _gallery(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    repeats: int,
) -> Case:
    asked = list(zip(selections(repeats + 1, seed=1), cycle(ORDERS), strict=False))

    def names(asked: tuple[Selection, Order]) -> list[str]:
        wanted, order = asked
        found = page(con, release, wanted, order=order, limit=PAGE, columns=SHOWN)
        return found["iauname"].tolist()

    def brute(asked: tuple[Selection, Order]) -> list[str]:
        wanted, order = asked
        mask = brute_force.masks(table, wanted)[-1]
        return brute_force.first_page(table, mask, order, count=PAGE)

    def by_numpy(asked: tuple[Selection, Order]) -> list[str]:
        wanted, order = asked
        return arrays.first_page(arrays.rows(wanted), order, count=PAGE)

    instead = Instead(f"{NUMPY}; names alone", by_numpy)
    return Case(f"gallery of {PAGE}", asked, names, brute, (150, 400), instead)


def _histograms(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    asked: list[Selection],
) -> Case:
    def counts(wanted: Selection) -> list[list[int]]:
        found = histograms(con, release, wanted, GZD5.labels, bins=BINS)
        return found[["whole", "selected"]].to_numpy().tolist()

    def brute(wanted: Selection) -> list[list[int]]:
        mask = brute_force.masks(table, wanted)[-1]
        return brute_force.histograms(table, mask, bins=BINS).tolist()

    return Case(
        "34 histograms, of all and of the selection",
        asked,
        counts,
        brute,
        (300, 600),
        Instead(NUMPY, arrays.histograms),
    )


def _crossfiltered(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    table: pd.DataFrame,
    arrays: Arrays,
    asked: list[Selection],
) -> Case:
    """For each slider, galaxies that meet all other limits; the whole is cached."""
    axes = [axis_of_answer(label) for label in GZD5.labels]
    return Case(
        "34 cross-filtered histograms",
        asked,
        lambda wanted: crossfiltered(con, release, wanted, axes).tolist(),
        lambda wanted: brute_force.crossfiltered(table, wanted, bins=BINS).tolist(),
        (300, 600),
        Instead(NUMPY, arrays.crossfiltered, HISTOGRAM_TIMES),
    )


def _left(table: pd.DataFrame, wanted: Selection) -> list[int]:
    return [int(mask.sum()) for mask in brute_force.masks(table, wanted)]


def _both(left: list[int]) -> tuple[int, list[int]]:
    return left[-1], left


def _not_one_scan(
    con: DuckDBPyConnection, release: LoadedRelease, wanted: Selection
) -> tuple[str, ...]:
    funnel(con, release, wanted)  # its columns are in memory now, if they fit
    scans = scans_of(con, lambda recording: funnel(recording, release, wanted))
    expected = 0 if fits(release) else 1
    return () if scans == expected else (f"{scans} scans, expected {expected}",)


def scans_of(
    con: DuckDBPyConnection, ask: Callable[[DuckDBPyConnection], object]
) -> int:
    """How often DuckDB's plans read a table for what ``ask`` does with a connection."""
    recording = _Recording(con)
    ask(recording)
    return recording.scans


class _Recording:
    """A connection that counts, in the plan of every statement, the tables read."""

    def __init__(self, con: DuckDBPyConnection) -> None:
        self._con = con
        self.scans = 0

    def sql(self, sql: str) -> DuckDBPyRelation:
        self._note(sql, {})
        return self._con.sql(sql)

    def execute(self, sql: str, parameters: Mapping[str, Any]) -> DuckDBPyConnection:
        self._note(sql, parameters)
        return self._con.execute(sql, parameters)

    def _note(self, sql: str, parameters: Mapping[str, Any]) -> None:
        plan = self._con.execute(f"EXPLAIN {sql}", parameters).fetchall()
        self.scans += "".join(text for _, text in plan).count("Seq Scan")
