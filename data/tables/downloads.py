"""Read what only a file downloaded from morph has: variances, votes, provenance."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from data.tables.kinds import KINDS, Kind
from morph.errors import MorphError, UnreadableTable
from morph.posterior.tree import DecisionTree
from morph.release.manifest import ORIGINS
from morph.tables import Table
from morph.tables.column_names import ColumnNames

# Facts of a file (`morph.export`), which FITS abbreviates or has in HISTORY.
_FITS_NAMES = {"PROVEN": "provenance", "RELSHA": "release_manifest_sha256"}
_FITS_NAMES |= {"RECIPEID": "selection_digest", "NROWS": "rows"}
_FACTS = ("release", "title", "provenance", "survey", "note", "citation", "licence")
_FACTS += ("tree", "posterior", "model", "parent_run", "not_learnt", "release_created")
_FACTS += ("release_manifest_sha256", "release_galaxies", "rows", "selection")
_FACTS += ("selection_query", "selection_recipe", "selection_digest", "subsets")
_FACTS += ("missing_values", "written_by", "link", "date")
_HISTORY_WIDTH = 72
_SET = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")


def facts_of(table: Table) -> dict[str, str]:
    """The facts that a download states, by the names of `morph.export`; else none."""
    header = dict(table.header)
    facts = _of_history(header.get("HISTORY", ""))
    for name in _FACTS:
        if text := header.get(name.upper()):
            facts[name] = text
    for short, name in _FITS_NAMES.items():
        if text := header.get(short):
            facts[name] = text
    facts = {name: _unescaped(text) for name, text in facts.items()}
    return facts if facts.get("written_by") == "morph" else {}


def _of_history(text: str) -> dict[str, str]:
    """Facts of the lines of HISTORY; a long one goes on in the next lines."""
    facts: dict[str, str] = {}
    name, begins = "", re.compile(rf"({'|'.join(_FACTS)}): (.*)")
    for line in text.split("\n"):
        if match := begins.match(line):
            name, facts[match[1]] = match[1], match[2].ljust(
                _HISTORY_WIDTH - len(match[1]) - 2
            )
        elif name:
            facts[name] += line.ljust(_HISTORY_WIDTH)
    return {name: text.rstrip() for name, text in facts.items()}


def _unescaped(text: str) -> str:
    """Characters that FITS holds as escapes."""
    return _SET.sub(lambda m: chr(int(next(g for g in m.groups() if g), 16)), text)
