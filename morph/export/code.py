"""Programs that find a selection's galaxies again, from a release's own files.

They need no morph: numpy with pandas or astropy, or DuckDB. Nothing but numbers, and
names of the tree and of known columns, is written into them.
"""

from collections.abc import Sequence

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.export.code_duckdb import with_duckdb
from morph.export.code_numpy import with_numpy
from morph.selection.conditions import steps
from morph.selection.selection import Selection

LANGUAGES = ("duckdb", "pandas", "astropy")

_HEAD = '''"""Galaxies of the release {release}: {words}.

Made by morph. It prints how many galaxies there are; `names` holds their iaunames.
Set FOLDER to where the release's files lie{also}.
"""
'''


def code(release: LoadedRelease, selection: Selection, language: str) -> str:
    """A Python program that finds the selected galaxies in the release's files.

    Parameters
    ----------
    language : {"duckdb", "pandas", "astropy"}

    Raises
    ------
    MorphError
        If the language is none of these, or the release cannot serve the selection.
    """
    if language not in LANGUAGES:
        raise MorphError(
            f"language is {language!r}; expected one of: {', '.join(LANGUAGES)}"
        )
    words = [step.words for step in steps(selection, release)]
    ids = [subset.subset_id for subset in selection.subsets]
    also = "".join(f", and with them subset_{found}.parquet" for found in ids)
    head = _HEAD.format(
        release=release.release_id, words=_plain(words) or "all of them", also=also
    )
    if language == "duckdb":
        return head + with_duckdb(release, selection)
    return head + with_numpy(release, selection, language)


def _plain(words: Sequence[str]) -> str:
    """Words for a docstring: names that people chose cannot end it."""
    text = "; ".join(words)
    return "".join(
        sign if sign.isprintable() and sign not in '"\\' else "'" for sign in text
    )
