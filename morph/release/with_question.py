"""A release with one question more: its galaxies, and posteriors of a new question.

The other files of the parent are copied unchanged; the new release names its parent.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from morph.atomic import new_folder, replacing, writing
from morph.errors import MorphError
from morph.home import checked_name
from morph.release.folder import (
    FileRecord,
    Manifest,
    finish_release,
    verify_release,
)
from morph.release.write_files import write_parts, write_text
from morph.trees.decision_tree import tree_called
from morph.trees.own_question import KEY, own_question, record_of, tree_with
from morph.wording import Tell, nobody

UNKNOWN = 1.0  # concentration of each answer of a galaxy of which nothing is known
_LEAST = 1e-3  # of a concentration
_ROWS = 100_000  # at a time


@dataclass(frozen=True)
class NewQuestion:
    """A question of K answers, and what is known of n galaxies."""

    title: str
    answers: Sequence[str]  # in words
    digest: str  # hexadecimal, equal for equal questions
    names: Sequence[str]  # (n,) iaunames
    concentrations: np.ndarray  # (n, K) of their Dirichlet posteriors
    votes: np.ndarray | None = None  # (n, K) counts, if people were asked


def from_probabilities(posterior: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """(n, K) concentrations with the means ``posterior``, for n galaxies' votes.

    They count as many votes as there were, and one for each answer, as the posterior
    of plain votes under a uniform prior does; ``votes`` is (n,).
    """
    total = votes[:, None] + posterior.shape[1]
    return np.maximum(posterior * total, _LEAST)


def release_with_question(
    folder: Path,
    parent: Path,
    new: NewQuestion,
    *,
    changes: Mapping[str, Any],
    provenance: Mapping[str, Any],
    documents: Mapping[str, str] | None = None,
    tell: Tell = nobody,
) -> Manifest:
    """Write ``folder``, the release ``parent`` with the question as its last one.

    Galaxies of the parent that are not in ``new`` have `UNKNOWN` for each answer, which
    is a flat posterior; a release of fractions has none for them.

    Parameters
    ----------
    changes : mapping
        Fields of the manifest that differ from the parent: at least ``release_id``.
    provenance : mapping
        How the posteriors were made; kept with the question in the manifest.
    documents : mapping
        Name of an additional file -> its text.

    Raises
    ------
    DamagedRelease
        If a file of the parent does not match its manifest.
    MorphError
        If no galaxy is in the parent, one is there twice, a number is not possible, or
        the parent has the question already.
    """
    inherited = verify_release(parent)
    tree = tree_called(inherited.tree)
    question = own_question(tree, new.title, new.answers, new.digest)
    extended = tree_with(tree, question)
    _check(new, parent)
    folder.mkdir(parents=True, exist_ok=True)
    added = _added(new, extended.labels[-len(new.answers) :], inherited)
    files: dict[str, FileRecord] = {}
    for number, name in enumerate(inherited.files):
        tell("Writing files", number, len(inherited.files))
        if name in added:
            files[name] = _with_columns(folder / name, parent / name, new, added[name])
        else:
            with replacing(folder / name) as path:
                shutil.copyfile(parent / name, path)
            files[name] = inherited.files[name]
    files |= {n: write_text(folder / n, text) for n, text in (documents or {}).items()}
    record = {**record_of(tree, question), "made": dict(provenance)}
    other = dict(inherited.details.other)
    other[KEY] = [*other.get(KEY, []), record]
    child = replace(
        inherited,
        **{"parent_release": inherited.release_id, "parent_run": None, **changes},
        tree=extended.name,
        details=replace(inherited.details, other=other),
    )
    if child.release_id == inherited.release_id:
        raise MorphError(
            f"the new release is called {child.release_id}, as its parent; choose "
            "another name"
        )
    return finish_release(folder, child, files)


def _added(
    new: NewQuestion, labels: Sequence[str], parent: Manifest
) -> dict[str, tuple[list[str], np.ndarray, float]]:
    """File -> the columns it gains, their (n, K) values, and that of other galaxies."""
    kind = parent.posterior
    names = [f"{label}_{kind}" for label in labels]
    values, unknown = new.concentrations, UNKNOWN
    if kind == "fraction":
        values = values / values.sum(axis=1, keepdims=True)
        unknown = np.nan
    concentrations = [f"{label}_concentration" for label in labels]
    votes = new.votes if new.votes is not None else np.zeros(values.shape)
    return {
        "posteriors.parquet": (names, values, unknown),
        "samples.parquet": (concentrations, new.concentrations, UNKNOWN),
        "votes.parquet": (list(labels), votes, 0.0),
    }


def _with_columns(
    path: Path,
    source: Path,
    new: NewQuestion,
    added: tuple[list[str], np.ndarray, float],
) -> FileRecord:
    """Write a table of the parent with further columns, a part at a time."""
    columns, values, unknown = added
    file = pq.ParquetFile(source)
    plain = file.schema_arrow.remove_metadata()
    kind = plain.field(len(plain) - 1).type
    fields = [*plain, *(pa.field(column, kind) for column in columns)]
    schema = pa.schema(fields)
    known = pa.array(new.names, pa.string())
    padded = np.vstack([values, np.full((1, values.shape[1]), unknown)])

    def parts() -> Iterator[pa.Table]:
        for batch in file.iter_batches(batch_size=_ROWS):
            names = batch.column("iauname").cast(pa.string())
            found = pc.fill_null(pc.index_in(names, value_set=known), len(known))
            rows = padded[found.to_numpy(zero_copy_only=False)]
            more = [pa.array(column).cast(kind) for column in rows.T.copy()]
            yield pa.Table.from_arrays([*batch.columns, *more], schema=schema)

    return write_parts(path, schema, parts())


def _check(new: NewQuestion, parent: Path) -> None:
    """MorphError if the numbers are not possible, or of other galaxies."""
    shape = (len(new.names), len(new.answers))
    given = new.concentrations
    if given.shape != shape:
        raise MorphError(f"concentrations are {given.shape}; expected {shape}")
    if not (np.isfinite(given).all() and (given > 0).all()):
        raise MorphError("concentrations are not all above 0; check the posteriors")
    names = pa.array(new.names, pa.string())
    if len(names.unique()) < len(names):
        raise MorphError("a galaxy is there twice; give each one posterior")
    known = pq.read_table(parent / "galaxies.parquet", columns=["iauname"])["iauname"]
    number = pc.sum(pc.is_in(known.cast(pa.string()), value_set=names)).as_py() or 0
    if not number:
        raise MorphError(
            f"none of the {len(names):,} galaxies is in {parent.name}; choose the "
            "release in which they were labelled"
        )


def publish_with_question(
    releases_root: Path,
    parent_id: str,
    release_id: str,
    new: NewQuestion,
    *,
    title: str,
    note: str,
    provenance: Mapping[str, Any],
    tell: Tell = nobody,
) -> Manifest:
    """Publish a release with the question; as `release_with_question`.

    MorphError if a release has that name already.
    """
    target = releases_root / checked_name(release_id, what="release")
    taken = (
        f"there is a release {release_id} already; choose another name, or remove "
        "it first"
    )
    if target.exists():
        raise MorphError(taken)
    changes = {"release_id": release_id, "title": title, "note": note}
    try:
        with writing(releases_root), new_folder(target) as folder:
            return release_with_question(
                folder,
                releases_root / parent_id,
                new,
                changes=changes,
                provenance=provenance,
                tell=tell,
            )
    except FileExistsError as error:
        raise MorphError(taken) from error
