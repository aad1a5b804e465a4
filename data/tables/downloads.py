"""Read what only a file downloaded from morph has: provenance, variances, votes."""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from data.tables.kinds import CONCENTRATIONS, Kind
from morph.errors import UnreadableTable
from morph.posterior.vote_priors import Prior
from morph.release.manifest import ORIGINS
from morph.tables import Table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree
from morph.wording import printable

# Facts of a file (`morph.export`), which FITS abbreviates or has in HISTORY.
_FITS_NAMES = {"PROVEN": "provenance", "RELSHA": "release_manifest_sha256"}
_FITS_NAMES |= {"RECIPEID": "selection_digest"}
_FACTS = ("release", "title", "provenance", "survey", "note", "citation", "licence")
_FACTS += ("tree", "posterior", "prior", "model", "parent_run", "not_learnt")
_FACTS += ("release_created", "release_manifest_sha256", "release_galaxies", "rows")
_FACTS += ("selection", "selection_query", "selection_recipe", "selection_digest")
_FACTS += ("subsets",)
_FACTS += ("missing_values", "written_by", "link", "date")
_BEGINS = re.compile(rf"({'|'.join(_FACTS)}): (.*)")
_HISTORY_WIDTH = 72
_TREE = re.compile(r'"tree": *"([a-z0-9-]+)"')
_ESCAPES = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_MAX_README_BYTES = 10_000_000
_MOST_LINES, _MOST_CHARACTERS = 10_000, 20_000

Facts = Mapping[str, str]


def facts_of(table: Table, path: Path) -> dict[str, str]:
    """The facts that a download states, by the names of `morph.export`, else none.

    ``path`` is the file as it was given, beside which a CSV may have its JSON.
    """
    written = {name.upper(): name for name in _FACTS} | _FITS_NAMES
    held = ((name, table.header.get(key)) for key, name in written.items())
    facts = {name: text for name, text in held if text}
    if table.format == "FITS":
        facts |= _of_history(_history(table.path))
        facts = {name: _unescaped(text) for name, text in facts.items()}
    if table.format == "CSV":
        facts |= _of_readme(path)
    facts = {name: printable(text)[:_MOST_CHARACTERS] for name, text in facts.items()}
    if found := _TREE.search(facts.get("selection_recipe", "")):
        facts.setdefault("tree", found[1])  # earlier downloads state it only there
    own = facts.get("written_by") == "morph" or "release_manifest_sha256" in facts
    return facts if own and facts.get("provenance") in ORIGINS else {}


def refuse_undescribed(table: Table, trees: Iterable[DecisionTree]) -> None:
    """Refuse a download without what describes it: its galaxies may be simulated."""
    columns = ColumnNames(table.name, table.columns)
    if any(
        columns.has_all(f"{question.name}_answer" for question in tree.questions)
        for tree in trees
    ):
        raise UnreadableTable(
            f"{table.name} is a download from morph without its metadata; put its JSON "
            f"file beside it ({table.name}.json), or state its origin with --origin: "
            f"{', '.join(ORIGINS)}"
        )


def _history(path: Path) -> list[str]:
    """Lines of HISTORY of the headers of a FITS file, none of a damaged one."""
    lines: list[str] = []
    with (
        suppress(OSError, ValueError, TypeError, LookupError, fits.VerifyError),
        fits.open(path, memmap=True, disable_image_compression=True) as hdus,
    ):
        for hdu in hdus:
            lines += map(str, hdu.header.get("HISTORY", ()))
    return lines[:_MOST_LINES]


def _of_readme(path: Path) -> dict[str, str]:
    """Facts of the JSON beside a CSV, as it was downloaded or unzipped."""
    stem = path.name.split(".csv")[0]
    beside = (path.with_name(f"{stem}{end}") for end in (".csv.json", "_readme.json"))
    try:
        text = next(one for one in beside if one.is_file()).read_bytes()
        stated = json.loads(text[:_MAX_README_BYTES])
    except (StopIteration, OSError, ValueError, RecursionError):
        return {}
    if not isinstance(stated, dict):
        return {}
    return {n: v for n in _FACTS if isinstance(v := stated.get(n), str) and v}


def _of_history(lines: list[str]) -> dict[str, str]:
    """Facts of the lines of HISTORY; a long one goes on in the next lines."""
    facts: dict[str, str] = {}
    name = ""
    for line in lines:
        text = line.ljust(_HISTORY_WIDTH)
        if match := _BEGINS.match(text):
            name, facts[match[1]] = match[1], match[2]
        elif name:
            facts[name] += text
    return {name: text.rstrip() for name, text in facts.items()}


def _unescaped(text: str) -> str:
    """Characters that FITS holds as escapes."""
    return _ESCAPES.sub(lambda m: chr(int(m[1] or m[2] or m[3], 16)), text)


def concentrations_of(
    table: Table,
    columns: ColumnNames,
    tree: DecisionTree,
    rho: Mapping[str, np.ndarray],
    *,
    prior: Prior | None = None,
) -> tuple[dict[str, np.ndarray], Kind] | None:
    """Concentrations of expected probabilities and variances; None without these.

    Of each question Σα is Σρ(1-ρ) / Σσ² - 1 over its answers. A question without
    fractions has the ``prior`` alone, where the download is of posteriors of votes.

    Raises
    ------
    UnreadableTable
        If a probability and variance are of no Dirichlet distribution.
    """
    wanted = [f"{label}_variance" for label in tree.labels]
    if not columns.has_all(wanted):
        return None
    contents = table.read([columns.find(name) for name in wanted])
    alpha: dict[str, np.ndarray] = {}
    for question in tree.questions:
        means = np.stack([rho[label] for label in question.labels])
        spread = sum(
            contents.numbers[columns.find(f"{label}_variance")]
            for label in question.labels
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            total = (means * (1 - means)).sum(axis=0) / spread - 1
        own = means * total
        if prior is not None:
            own[:, np.isnan(means).all(axis=0)] = prior.per_answer
        alpha |= dict(zip(question.labels, own, strict=True))
    return alpha, CONCENTRATIONS


def lost_passes(columns: ColumnNames, tree: DecisionTree) -> dict[str, str]:
    """What is told of the download of a release with several passes."""
    several = f"{tree.labels[0]}_total_variance" in columns
    return {"passes": "not in the file, which has only their mean"} if several else {}


def votes_of(
    table: Table, columns: ColumnNames, tree: DecisionTree, names: pd.Series
) -> pd.DataFrame | None:
    """Votes beside the posteriors of a download, None if it has none."""
    wanted = {label: f"{label}_votes" for label in tree.labels}
    if not columns.has_all(wanted.values()):
        return None
    theirs = {label: columns.find(column) for label, column in wanted.items()}
    contents = table.read(list(theirs.values()))
    votes = pd.DataFrame({n: contents.numbers[c] for n, c in theirs.items()})
    votes.insert(0, "iauname", names)
    votes = votes.dropna()
    counts = votes[list(tree.labels)]
    if ((counts < 0) | (counts % 1 != 0)).any(axis=None):
        raise UnreadableTable(
            f"{table.name} has vote counts that are not whole numbers of 0 or more"
        )
    return votes.astype(dict.fromkeys(tree.labels, np.int64)) if len(votes) else None
