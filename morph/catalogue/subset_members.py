"""The galaxies of saved subsets: queries on their table in the workspace."""

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from morph.catalogue.workspace import is_attached


def names_sql(parameter: str) -> str:
    """SQL of the names in the subset whose id is bound to ``parameter``."""
    return f"SELECT iauname FROM workspace.members WHERE subset_id = ${parameter}"


def is_saved(con: DuckDBPyConnection, subset_id: str) -> bool:
    """Whether the workspace has a subset, deleted or not; False without a workspace."""
    sql = "SELECT 1 FROM workspace.subsets WHERE subset_id = $subset_id"
    return is_attached(con) and bool(
        con.execute(sql, {"subset_id": subset_id}).fetchall()
    )


def combinations(
    con: DuckDBPyConnection, subset_ids: Sequence[str]
) -> list[tuple[list[str], int]]:
    """Ids and number of the galaxies in exactly these subsets, largest first."""
    sql = """
        SELECT subsets, count(*) AS galaxies FROM (
            SELECT list_sort(list(subset_id)) AS subsets FROM workspace.members
            WHERE subset_id IN (SELECT unnest($ids)) GROUP BY iauname)
        GROUP BY subsets ORDER BY galaxies DESC, subsets
    """
    return con.execute(sql, {"ids": list(subset_ids)}).fetchall()
