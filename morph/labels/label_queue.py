"""Queues of galaxies to label: drawn at random or chosen, some of them shown twice.

A queue is fixed when it is made, and shared: everybody gets the same galaxies in the
same order, and has their own progress.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.catalogue.workspace import changing, new_id, registered
from morph.errors import MorphError
from morph.selection.conditions import describe
from morph.selection.listing import ordering
from morph.selection.listing.order import Order
from morph.selection.recipe_json import to_json
from morph.selection.selection import Selection
from morph.wording import utc_now

AT_RANDOM = "at random"  # in the words on how a galaxy was chosen
GAPS = (10, 50)  # showings between the first and the second of a galaxy
_KEPT = 4  # queues in memory: 6 MB for 250,000 galaxies

_galaxies: OrderedDict[tuple[str, str], pa.Table] = OrderedDict()


@dataclass(frozen=True)
class LabelQueue:
    """A queue of ``galaxies`` galaxies, in which ``shown`` images are shown."""

    queue_id: str
    question_id: str
    release_id: str
    release_key: str  # LoadedRelease.key
    recipe: Mapping[str, Any]  # "selection" as JSON, and "words"
    seed: int
    repeated: float  # fraction of the galaxies that is shown twice
    galaxies: int
    shown: int
    created: str  # ISO time, UTC

    @property
    def words(self) -> str:
        """What was chosen, and how, as it stands in tables of labels."""
        drawn = self.recipe.get("how") or f"{AT_RANDOM} (seed {self.seed})"
        return f"{self.galaxies:,} {drawn} from: {self.recipe['words']}"


_COLUMNS = [column.name for column in fields(LabelQueue)]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM workspace.label_queues"


@dataclass(frozen=True)
class Showing:
    """One place of a queue: the galaxy, and whether it is the first time or second."""

    number: int  # from 0
    iauname: str
    showing: int  # 1 or 2
    chosen: str  # how, in words


def make_queue(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    *,
    question_id: str,
    galaxies: int,
    seed: int,
    repeated: float = 0.0,
) -> LabelQueue:
    """Draw ``galaxies`` of a selection at random, and save the queue.

    The galaxies are the first ones of the random order with this seed, as in Explore.
    MorphError if none are selected, or the numbers are not valid.
    """
    if galaxies < 1 or not 0 <= repeated <= 1:
        raise MorphError(
            f"the queue has {galaxies:,} galaxies, of which {repeated:.0%} are shown "
            "twice; expected at least 1 galaxy and 0% to 100%"
        )
    order = Order("random", seed=seed)
    rows = ordering.page(con, release, selection, order=order, limit=galaxies)
    if rows.empty:
        raise MorphError("no galaxies are selected; relax a filter, or choose another")
    place, showing = sequence(len(rows), repeated, seed)
    made_from = (question_id, release.release_id, release.key)
    recipe = {"selection": to_json(selection), "words": describe(selection, release)}
    drawn = (recipe, seed, repeated, len(rows), len(place), utc_now())
    names = pa.array(rows["iauname"].to_numpy(object)[place], pa.string())
    chosen = pa.nulls(len(names), pa.string())
    return _write(con, (*made_from, *drawn), names, showing, chosen)


def make_chosen_queue(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    names: Sequence[str],
    reasons: Sequence[str],
    *,
    question_id: str,
    how: str,
    seed: int,
    repeated: float = 0.0,
) -> LabelQueue:
    """Save a queue of the galaxies ``names``, in that order, of a selection.

    ``reasons`` say of each why it was chosen, and ``how`` of all of them. MorphError if
    there are none.
    """
    if not names:
        raise MorphError("there is no galaxy left to ask; relax a filter")
    place, showing = sequence(len(names), repeated, seed)
    words = describe(selection, release)
    recipe = {"selection": to_json(selection), "words": words, "how": how}
    made = (
        *(question_id, release.release_id, release.key, recipe),
        *(seed, repeated, len(names), len(place), utc_now()),
    )
    shown = pa.array(names, pa.string()).take(pa.array(place))
    chosen = pa.array(reasons, pa.string()).take(pa.array(place))
    return _write(con, made, shown, showing, chosen)


def _write(
    con: DuckDBPyConnection,
    made: tuple[Any, ...],
    names: pa.Array,
    showing: np.ndarray,
    chosen: pa.Array,
) -> LabelQueue:
    """Save a queue, of which ``made`` has all but the id, with its places."""
    columns = {
        "number": pa.array(np.arange(len(names))),
        "iauname": names,
        "showing": pa.array(showing.astype(np.int8)),
        "chosen": chosen,
    }
    with changing(con), registered(con, "new_queue", pa.table(columns)):
        queue = LabelQueue(new_id(con, "label_queues", "queue_id"), *made)
        recipe = json.dumps(queue.recipe, ensure_ascii=False)
        con.execute(
            f"INSERT INTO workspace.label_queues ({', '.join(_COLUMNS)}) "
            f"VALUES (${', $'.join(_COLUMNS)})",
            {**vars(queue), "recipe": recipe},
        )
        con.execute(
            "INSERT INTO workspace.label_queue_galaxies "
            "SELECT $queue_id, number, iauname, showing, chosen FROM new_queue",
            {"queue_id": queue.queue_id},
        )
    return queue


def sequence(
    galaxies: int, repeated: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which galaxy is shown at each place, (M,), and for which time, (M,) of 1 and 2.

    The second time comes `GAPS` places after the first, or at the end of the queue,
    where fewer may be between.
    """
    number = round(repeated * galaxies)
    rng = np.random.default_rng(seed)
    among = max(galaxies - GAPS[0], number)  # so that the last ones are not repeated
    again = rng.choice(among, number, replace=False)
    later = again + rng.integers(*GAPS, number, endpoint=True) + 0.5
    place = np.concatenate([np.arange(galaxies), again])
    showing = np.concatenate([np.ones(galaxies, int), np.full(number, 2)])
    order = np.argsort(np.concatenate([np.arange(galaxies), later]), kind="stable")
    return place[order], showing[order]


def queues(con: DuckDBPyConnection, question_id: str) -> list[LabelQueue]:
    """The queues of a question, newest first."""
    sql = f"{_SELECT} WHERE question_id = $question_id ORDER BY created DESC, queue_id"
    rows = con.execute(sql, {"question_id": question_id}).fetchall()
    return [_queue(row) for row in rows]


def saved_queue(con: DuckDBPyConnection, queue_id: str) -> LabelQueue:
    """One queue; MorphError where there is none."""
    sql = f"{_SELECT} WHERE queue_id = $queue_id"
    rows = con.execute(sql, {"queue_id": queue_id}).fetchall()
    if not rows:
        raise MorphError(f"there is no queue {queue_id[:40]!r} in this workspace")
    return _queue(rows[0])


def showing_at(con: DuckDBPyConnection, queue: LabelQueue, number: int) -> Showing:
    """What is shown at a place of the queue, from 0; MorphError beyond its end."""
    if not 0 <= number < queue.shown:
        raise MorphError(
            f"place {number} is not in the queue; expected 0 to {queue.shown - 1}"
        )
    table = _table(con, queue)
    at = table.slice(number, 1).to_pylist()[0]
    return Showing(number, at["iauname"], at["showing"], at["chosen"] or queue.words)


def _table(con: DuckDBPyConnection, queue: LabelQueue) -> pa.Table:
    """The places of a queue in order, kept in memory."""
    key = (queue.queue_id, queue.created)
    found = _galaxies.get(key)
    if found is None:
        sql = (
            "SELECT iauname, showing, chosen FROM workspace.label_queue_galaxies "
            "WHERE queue_id = $queue_id ORDER BY number"
        )
        read = con.sql(sql, params={"queue_id": queue.queue_id}).to_arrow_table()
        found = _galaxies[key] = read.combine_chunks()
        while len(_galaxies) > _KEPT:
            _galaxies.popitem(last=False)
    return found


def _queue(row: tuple[Any, ...]) -> LabelQueue:
    values = dict(zip(_COLUMNS, row, strict=True))
    return LabelQueue(**{**values, "recipe": json.loads(values["recipe"])})
