"""The order of a selection's galaxies, for programs that need no morph."""

from morph.catalogue.own_columns.own_column import parts
from morph.catalogue.release_table import LoadedRelease
from morph.export import code_own
from morph.selection.listing.order import Order


def order_sql(release: LoadedRelease, order: Order) -> str:
    """SQL after ORDER BY, over the table ``catalogue`` of `code_duckdb.catalogue_sql`.

    A column of an uploaded list is in a view named as the list's file.
    """
    kind = order.by
    if kind.of == "name":
        return "iauname"
    if kind.of == "random":
        return f"hash(iauname, {order.seed:d}), iauname"
    value = f'"{order.column(release)}"'
    if kind.of == "own":
        key = f"own_{parts(order.own)[1]}"
        among = f"{code_own.file_of(order.own)} AS list"
        value = (
            f"(SELECT list.{key} FROM {among} WHERE list.iauname = catalogue.iauname)"
        )
    direction = "DESC" if kind.end == "highest" else "ASC"
    return f"{value} {direction} NULLS LAST, iauname"
