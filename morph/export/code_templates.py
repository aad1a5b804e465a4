"""The parts of programs that find a selection again which depend on no selection."""

from morph.geometry.ternary import LEAST_SHARE

_PANDAS = '''
import numpy as np
import pandas as pd

FOLDER = {folder!r}


def read(name):
    """A table as arrays, its rows as they stand in the file."""
    table = pd.read_parquet(f"{{FOLDER}}/{{name}}.parquet")
    return {{column: table[column].to_numpy() for column in table}}
'''

_ASTROPY = '''
import numpy as np
from astropy.table import Table

FOLDER = {folder!r}


def read(name):
    """A table as arrays, its rows as they stand in the file."""
    table = Table.read(f"{{FOLDER}}/{{name}}.parquet", format="parquet")
    return {{column: filled(table[column]) for column in table.colnames}}


def filled(column):
    """Missing numbers as NaN."""
    if np.ma.isMaskedArray(column) and column.dtype.kind == "f":
        return np.asarray(column.filled(np.nan))
    return np.asarray(column)
'''

READ = {"pandas": _PANDAS, "astropy": _ASTROPY}

GALAXIES = '''

def in_order(table):
    """Columns of numbers with a row per galaxy, in the order of the galaxies."""
    place = {name: row for row, name in enumerate(table["iauname"])}
    rows = np.array([place.get(name, -1) for name in galaxies["iauname"]])
    return {
        column: np.where(rows >= 0, values[rows], np.nan)
        for column, values in table.items()
        if values.dtype.kind == "f"
    }


galaxies = read("galaxies")
keep = np.ones(len(galaxies["iauname"]), dtype=bool)
'''

POSTERIORS = 'posteriors = in_order(read("posteriors"))\n'

NO_SAMPLES = "passes = [posteriors]\n"

SAMPLES = """samples = read("samples")
passes = [  # the posterior is the even mixture of the model's passes
    in_order({column: v[samples["pass"] == number] for column, v in samples.items()})
    for number in np.unique(samples["pass"])
]
"""

ALPHA = '''

def alpha(table, question):
    """Dirichlet concentrations of a question, a column per answer."""
    columns = [f"{question}_{answer}_concentration" for answer in ANSWERS[question]]
    return np.column_stack([table[column] for column in columns]).astype(float)


def over_passes(quantity):
    return np.mean([quantity(table) for table in passes], axis=0)


def fractions(a):
    return a / a.sum(axis=1, keepdims=True)


def expected(question):
    """Expected vote fractions of a question, a column per answer."""
    return over_passes(lambda table: fractions(alpha(table, question)))
'''

FRACTIONS = '''

def expected(question):
    """Vote fractions of a question, a column per answer."""
    columns = [f"{question}_{answer}_fraction" for answer in ANSWERS[question]]
    return np.column_stack([posteriors[column] for column in columns]).astype(float)
'''

MEAN = '''

def largest(question):
    """Which answer is the largest; -1 where a fraction is unknown."""
    known = ~np.isnan(mean[question]).any(axis=1)
    return np.where(known, np.nan_to_num(mean[question]).argmax(axis=1), -1)


mean = {question: expected(question) for question in ANSWERS}
'''

VARIANCE = '''

def total_variance(question):
    """Mean of the passes' variances, and the variance of their means."""
    means = np.array([fractions(alpha(table, question)) for table in passes])
    totals = np.array([alpha(table, question).sum(axis=1) for table in passes])
    within = np.mean(means * (1 - means) / (totals[:, :, None] + 1), axis=0)
    return within + np.var(means, axis=0)

'''

INFORMATION = '''
from scipy.special import xlogy


def entropy(p):
    return -xlogy(p, p).sum(axis=1)


def information(question):
    """How much the passes disagree on a question, in nats."""
    means = [fractions(alpha(table, question)) for table in passes]
    own = np.mean([entropy(p) for p in means], axis=0)
    return np.maximum(entropy(np.mean(means, axis=0)) - own, 0)

'''

SHARES = f"""whole = first + second + third
whole = np.where(whole < {LEAST_SHARE!r}, np.nan, whole)
x, y = first / whole, second / whole"""

INSIDE = '''

def inside(x, y, corners):
    """Which points lie in a polygon, by the even-odd rule."""
    odd = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]]):
        if y0 != y1:
            crossed = (y >= min(y0, y1)) & (y < max(y0, y1))
            odd ^= crossed & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return odd

'''

END = """
names = galaxies["iauname"][keep]
print(len(names))
"""

DUCKDB = """
import duckdb

FOLDER = {folder!r}

con = duckdb.connect()
"""

DUCKDB_WITH_TAIL = '''
import duckdb
import pyarrow as pa
from scipy.special import betainc

FOLDER = {folder!r}


def beta_tail(own, total, threshold):
    """The chance that an answer's fraction is above a threshold, exactly."""
    own, total, threshold = (x.to_numpy() for x in (own, total, threshold))
    return pa.array(betainc(total - own, own, 1 - threshold))


con = duckdb.connect()
con.create_function("beta_tail", beta_tail, ["DOUBLE"] * 3, "DOUBLE", type="arrow")
'''

DUCKDB_END = """
con.execute(TABLE)
found = con.execute(f"SELECT iauname FROM {table} WHERE {{CONDITION}}", VALUES)
names = [name for (name,) in found.fetchall()]
con.close()
print(len(names))
"""
