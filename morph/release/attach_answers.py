"""Add a question to an existing release, as a new release.

Its posteriors come beside those of the parent, and as many in each of its passes. The
other files are copied unchanged; the new release names its parent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from morph.atomic import replacing, sha256_of
from morph.errors import MorphError
from morph.release.attach_features import copied, finished_child, release_names
from morph.release.folder import is_concentration, verify_release
from morph.release.manifest import FileRecord, Manifest
from morph.trees.decision_tree import DecisionTree
from morph.trees.own_questions import tree_with
from morph.wording import Tell, nobody

_BLOCK = 100_000  # rows
_POSTERIORS, _SAMPLES, _VOTES = "posteriors.parquet", "samples.parquet", "votes.parquet"


def attach_answers(
    folder: Path,
    parent: Path,
    concentrations: Mapping[str, np.ndarray],
    *,
    own_questions: Mapping[str, Any],
    counts: Mapping[str, Mapping[str, int]],
    changes: Mapping[str, Any],
    documents: Mapping[str, str],
    tell: Tell = nobody,
) -> Manifest:
    """Write ``folder``, the release ``parent`` with the answers to one question more.

    A release of vote fractions gets their expected values.

    Parameters
    ----------
    concentrations : mapping
        Label -> (N,) Dirichlet concentrations, in the order of the galaxies.
    own_questions : mapping
        For the details of the release: all questions that were added to its tree.
    counts : mapping
        Label -> iauname -> how many people gave the answer. They join the votes of a
        release that has some.
    changes : mapping
        Fields of the manifest that differ from the parent: at least ``release_id``.
    documents : mapping
        Name of an additional file -> its text.

    Raises
    ------
    DamagedRelease
        If a file of the parent does not match its manifest.
    MorphError
        If a concentration is impossible, or a label is not of the questions.
    """
    inherited = verify_release(parent, tell)
    details = replace(inherited.details, own_questions=own_questions)
    tree = tree_with(inherited.tree, own_questions)
    _check(concentrations, tree.labels, inherited.galaxies)
    made = [name for name in (_POSTERIORS, _SAMPLES, _VOTES) if name in inherited.files]
    kept = {name: name for name in inherited.files if name not in made}
    folder.mkdir(parents=True, exist_ok=True)
    files = copied(folder, parent, inherited, kept)
    names = release_names(parent)
    columns = {
        _SAMPLES: _named(concentrations, "concentration"),
        _VOTES: {label: _counted(counts[label], names) for label in concentrations},
    }
    columns[_POSTERIORS] = (
        columns[_SAMPLES]
        if inherited.posterior == "concentration"
        else _named(_expected(concentrations, tree), "fraction")
    )
    for name in made:
        source = parent / name
        files[name] = _with(source, folder / name, columns[name], names, tell)
    if _VOTES in made:
        files[_VOTES] = _with_new_rows(folder / _VOTES, names, counts)
    child = replace(inherited, **changes, details=details)
    return finished_child(folder, child, inherited, files, documents)


def _check(
    concentrations: Mapping[str, np.ndarray], labels: Sequence[str], galaxies: int
) -> None:
    for label, alpha in concentrations.items():
        if label not in labels:
            raise MorphError(f"{label} is no answer of the release’s tree")
        if len(alpha) != galaxies or not is_concentration(alpha).all():
            raise MorphError(
                f"there are {len(alpha):,} concentrations of {label}; expected one "
                f"above 0 for each of {galaxies:,} galaxies"
            )


def _named(columns: Mapping[str, np.ndarray], quantity: str) -> dict[str, np.ndarray]:
    return {f"{label}_{quantity}": values for label, values in columns.items()}


def _expected(
    concentrations: Mapping[str, np.ndarray], tree: DecisionTree
) -> dict[str, np.ndarray]:
    """Expected fractions of the answers."""
    found = {}
    for label, alpha in concentrations.items():
        labels = tree.question_of(label).labels
        found[label] = alpha / np.sum([concentrations[one] for one in labels], axis=0)
    return found


def _counted(of: Mapping[str, int], names: pd.Index) -> np.ndarray:
    """(N,) how many people gave an answer."""
    found = np.zeros(len(names), dtype=np.int64)
    rows = names.get_indexer(pd.Index(list(of), dtype=object))
    found[rows[rows >= 0]] = np.array(list(of.values()), dtype=np.int64)[rows >= 0]
    return found


def _with(
    source: Path,
    target: Path,
    columns: Mapping[str, np.ndarray],
    names: pd.Index,
    tell: Tell,
) -> FileRecord:
    """A table with more columns, written a block of rows at a time."""
    done = 0
    with pq.ParquetFile(source, pre_buffer=False) as table, replacing(target) as path:
        total = table.metadata.num_rows
        writer = None
        try:
            for batch in table.iter_batches(_BLOCK):
                block = pa.Table.from_batches([batch])
                rows = names.get_indexer(pd.Index(batch["iauname"].to_pandas()))
                for name, values in columns.items():
                    block = block.append_column(name, pa.array(values[rows]))
                if writer is None:
                    writer = pq.ParquetWriter(path, block.schema, compression="zstd")
                writer.write_table(block)
                done += len(block)
                tell("Writing rows", done, total)
        finally:
            if writer is not None:
                writer.close()
    return FileRecord(sha256_of(target), target.stat().st_size, done)


def _with_new_rows(
    path: Path, names: pd.Index, counts: Mapping[str, Mapping[str, int]]
) -> FileRecord:
    """The votes with a row for each labelled galaxy that had none; 0 in the rest."""
    table = pq.read_table(path)
    there = set(table["iauname"].to_pylist())
    labelled = {name for of in counts.values() for name in of} - there
    new = [name for name in names if name in labelled]
    if new:
        rows = {
            field.name: pa.array(
                new
                if field.name == "iauname"
                else [counts.get(field.name, {}).get(name, 0) for name in new],
                field.type,
            )
            for field in table.schema
        }
        table = pa.concat_tables([table, pa.table(rows, table.schema)])
        with replacing(path) as temporary:
            pq.write_table(table, temporary, compression="zstd")
    return FileRecord(sha256_of(path), path.stat().st_size, table.num_rows)
