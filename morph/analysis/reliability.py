"""Whether predicted vote fractions are right on average, where volunteers voted."""

import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import quoted
from morph.catalogue.release_table import LoadedRelease, query, reading
from morph.evaluation.coverage import LEAST_VOTES
from morph.evaluation.reliability_bins import in_bins
from morph.posterior.tree import Question
from morph.selection.conditions import where
from morph.selection.selection import Selection


def reliability(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    judge: LoadedRelease,
    selection: Selection,
    question: Question,
    *,
    selected_in: LoadedRelease,
) -> pd.DataFrame:
    """What volunteers answered, in bins of what a release expects them to answer.

    Galaxies count that the selection leaves of ``selected_in``, and that have
    ``LEAST_VOTES`` on the question in the votes of ``judge``; both may be other
    releases of the same galaxies.

    Returns
    -------
    DataFrame
        See `morph.evaluation.reliability_bins.in_bins`, and ``label``.
    """
    condition, parameters = where(selection, selected_in)
    expected = [f"{label}_probability" for label in question.labels]
    here = ", ".join(quoted(release, name) for name in expected)
    total = " + ".join(f'votes."{label}"' for label in question.labels)
    fractions = ", ".join(
        f'votes."{label}" / ({total}) AS "{label}"' for label in question.labels
    )
    sql = (
        f"SELECT here.* EXCLUDE (iauname), {fractions} FROM "
        f"(SELECT iauname, {here} FROM {release.table}) AS here "
        f"JOIN {judge.votes_table} AS votes USING (iauname) "
        f"JOIN (SELECT iauname FROM {selected_in.table} WHERE {condition}) "
        f"USING (iauname) WHERE {total} >= $least_votes"
    )
    with reading(judge), reading(release):
        values = {**parameters, "least_votes": LEAST_VOTES}
        found = query(con, selected_in, sql, values).fetchnumpy()
    tables = [
        in_bins(found[name], found[label]).assign(label=label)
        for name, label in zip(expected, question.labels, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)
