"""And, or, not of subsets, by galaxy name, so their releases may differ."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.subset_members import combinations, names_sql
from morph.errors import MorphError
from morph.subsets.saved import Subset, chosen_words, members, subset, write_subset

Operation = Literal["and", "or", "not"]
OPERATIONS: tuple[Operation, ...] = get_args(Operation)
MOST = 5

_SETS = {"and": "INTERSECT", "or": "UNION", "not": "EXCEPT"}
_WORDS = {"and": " and in ", "or": " or in ", "not": " but not in "}


def save(
    con: DuckDBPyConnection,
    operation: Operation,
    subset_ids: Sequence[str],
    *,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Save the result of an operation as a subset of the first one's release.

    "not" is the first without the others.
    Raises MorphError if the result is empty, or the subsets are not 2 to 5 known ones.
    """
    sql, bound = _names_sql(con, operation, subset_ids)
    names = con.execute(sql, bound).fetchnumpy()["iauname"]
    parts = [subset(con, subset_id) for subset_id in subset_ids]
    each = [f"the subset “{part.name}”" for part in parts]
    recipe = {
        "operation": operation,
        "of": [
            {
                "subset_id": part.subset_id,
                "name": part.name,
                "digest": part.digest,
                "words": part.recipe["words"],
            }
            for part in parts
        ],
        "words": f"in {_WORDS[operation].join(each)}",
    }
    made_from = (parts[0].release_id, parts[0].release_key)
    return write_subset(
        con, names, "algebra", recipe, made_from, name=name, note=note, owner=owner
    )


def save_with(
    con: DuckDBPyConnection,
    subset_id: str,
    names: Sequence[str],
    *,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Save a subset's galaxies together with others as a new subset."""
    first = subset(con, subset_id)
    before = set(members(con, subset_id))
    more = [one for one in dict.fromkeys(names) if one not in before]
    recipe = {
        "added_to": {"subset_id": subset_id, "name": first.name},
        "added": more,
        "words": f"in the subset “{first.name}” or among {chosen_words(more)}",
    }
    made_from = (first.release_id, first.release_key)
    both = np.array([*before, *more], dtype=object)
    return write_subset(
        con, both, "pins", recipe, made_from, name=name, note=note, owner=owner
    )


def keeps(
    operation: Operation, combination: Sequence[str], subset_ids: Sequence[str]
) -> bool:
    """Whether the result has the galaxies in exactly these of the subsets."""
    if operation == "not":
        return tuple(combination) == (subset_ids[0],)
    return operation == "or" or len(combination) == len(subset_ids)


def overlaps(con: DuckDBPyConnection, subset_ids: Sequence[str]) -> pd.DataFrame:
    """Number of galaxies in exactly each combination of 2 to 5 subsets.

    Columns ``subsets`` (tuple of ids, in the order given) and ``galaxies``, largest
    first; empty combinations are left out.
    """
    _check(con, subset_ids)
    rows = combinations(con, subset_ids)
    ordered = [(tuple(i for i in subset_ids if i in ids), n) for ids, n in rows]
    return pd.DataFrame(ordered, columns=["subsets", "galaxies"])


def _names_sql(
    con: DuckDBPyConnection, operation: Operation, subset_ids: Sequence[str]
) -> tuple[str, dict[str, str]]:
    if operation not in OPERATIONS:
        raise MorphError(
            f"operation is {operation!r}; expected one of: {', '.join(OPERATIONS)}"
        )
    _check(con, subset_ids)
    bound = {f"s{number}": one for number, one in enumerate(subset_ids)}
    return f" {_SETS[operation]} ".join(map(names_sql, bound)), bound


def _check(con: DuckDBPyConnection, subset_ids: Sequence[str]) -> None:
    if not 2 <= len(subset_ids) <= MOST or len(set(subset_ids)) < len(subset_ids):
        raise MorphError(
            f"choose 2 to {MOST} different subsets to combine, not {len(subset_ids)}"
        )
    for subset_id in subset_ids:
        subset(con, subset_id)
