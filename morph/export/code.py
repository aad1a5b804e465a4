"""Python programs that reproduce a selection from a release's files, without morph.

A program computes the catalogue's columns with DuckDB and applies the same conditions.
Only numbers and names of the tree and of known columns become code.
"""

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.export import code_order, code_own, code_sky
from morph.export.code_duckdb import catalogue_sql, condition
from morph.selection.conditions import steps
from morph.selection.listing.order import Order
from morph.selection.selection import Selection

# The result of a program: packages, imports, and its expression.
_ENDS = {
    "duckdb": ((), "", "{}"),
    "pandas": (("pandas",), "", "{}.df()"),
    "astropy": (
        ("pandas", "astropy"),
        "from astropy.table import Table\n",
        "Table.from_pandas({}.df())",
    ),
}
LANGUAGES = tuple(_ENDS)

_PROGRAM = '''"""Galaxies of the release {release}: {words}.

Made by morph; needs these packages: {packages}.
Set FOLDER to the folder of the release's files{also}.
It prints the number of galaxies; `selected` holds them, with the columns that the
conditions use.
"""

import duckdb
{imports}
FOLDER = {release!r}

con = duckdb.connect()
for name in {files!r}:
    con.read_parquet(f"{{FOLDER}}/{{name}}.parquet").create_view(name)
{tail}con.execute("""
{statements};

-- The selection
CREATE TABLE selected AS SELECT * FROM catalogue
WHERE {condition}
ORDER BY {order};
""")
selected = {result}
print(len(selected))
'''

_TAIL_IMPORTS = "import pyarrow as pa\nfrom scipy.special import betainc\n"
_TAIL = '''

def beta_tail(own, total, threshold):
    """P(vote fraction > threshold) of an answer, from the Dirichlet concentrations."""
    own, total, threshold = (x.to_numpy() for x in (own, total, threshold))
    return pa.array(betainc(total - own, own, 1 - threshold))


con.create_function("beta_tail", beta_tail, ["DOUBLE"] * 3, "DOUBLE", type="arrow")
'''


def code(
    release: LoadedRelease,
    selection: Selection,
    language: str,
    order: Order | None = None,
) -> str:
    """A Python program that finds the selected galaxies in the release's files.

    The ``language``, one of LANGUAGES, is the type of the resulting table. Its rows are
    by name, or in an ``order``.

    Raises
    ------
    MorphError
        If the language is unknown, or the release lacks a column of the selection.
    """
    if language not in LANGUAGES:
        raise MorphError(
            f"language is {language!r}; expected one of: {', '.join(LANGUAGES)}"
        )
    order = order or Order("iauname")
    where, by = condition(release, selection), code_order.order_sql(release, order)
    files, statements = catalogue_sql(release, f"{where} {by}", selection)
    inputs = [f"subset_{subset.subset_id}" for subset in selection.subsets]
    inputs += code_sky.files(selection.sky)
    inputs += [code_own.file_of(ref) for ref in own_refs(selection, order)]
    packages, imports, result = _ENDS[language]
    tail = any("beta_tail(" in sql for sql in statements)
    return _PROGRAM.format(
        release=release.release_id,
        words=_words(release, selection, order),
        packages=", ".join(["duckdb", *("scipy", "pyarrow") * tail, *packages]),
        also="".join(f", and put {name}.parquet there too" for name in inputs),
        imports=_TAIL_IMPORTS * tail + imports,
        files=[*files, *inputs],
        tail=_TAIL * tail,
        statements=";\n\n".join(statements),
        condition=where,
        order=by,
        result=result.format('con.table("selected")'),
    )


def own_refs(selection: Selection, order: Order | None) -> list[str]:
    """Refs of the columns of lists that a program needs, one of each list."""
    refs = [limit.ref for limit in selection.own]
    refs += [order.own] if order and order.own else []
    return [*{code_own.file_of(ref): ref for ref in refs}.values()]


def _words(release: LoadedRelease, selection: Selection, order: Order) -> str:
    """Words for a docstring, which user-given names cannot end."""
    words = "; ".join(step.in_full for step in steps(selection, release))
    words = f"{words or 'all galaxies'}; {order.words(release)}"
    return "".join(
        sign if sign.isprintable() and sign not in '"\\' else "'" for sign in words
    )
