"""The exact tail of a Dirichlet's answer as a function that SQL can call."""

import pyarrow as pa
from duckdb import DuckDBPyConnection
from scipy.special import betainc


def add_beta_tail(con: DuckDBPyConnection) -> None:
    """Teach SQL the exact tail: ``beta_tail(alpha, total, t)`` is P(ρ > t)."""
    known = con.execute(
        "SELECT 1 FROM duckdb_functions() WHERE function_name = 'beta_tail'"
    ).fetchall()
    if not known:
        numbers = ["DOUBLE"] * 3
        con.create_function("beta_tail", _beta_tail, numbers, "DOUBLE", type="arrow")


def _beta_tail(alpha: pa.Array, total: pa.Array, threshold: pa.Array) -> pa.Array:
    alpha, total, threshold = (x.to_numpy() for x in (alpha, total, threshold))
    return pa.array(betainc(total - alpha, alpha, 1 - threshold))
