"""A loaded release: its manifest, its table in the catalogue, and queries on it."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of
from morph.catalogue.seen_loaded import seen
from morph.errors import MorphError
from morph.release.manifest import MANIFEST, Manifest, manifest_from_json
from morph.release.maps import ReleaseMap, maps_of
from morph.release.photometry_and_redshifts import PHYSICAL
from morph.trees.decision_tree import DecisionTree
from morph.trees.own_questions import tree_with

if TYPE_CHECKING:
    from morph.geometry.regions import Plane
    from morph.posterior.measures import Measure

# Thresholds t at which P(ρ > t) of several passes is computed at load.
TAIL_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Range:
    """Smallest and largest known value of a column, and how many are missing."""

    low: float | None
    high: float | None
    missing: int


@dataclass(frozen=True)
class LoadedRelease:
    """One release in the catalogue: its manifest and the columns of its table."""

    sequence: int
    manifest: Manifest
    manifest_sha256: str
    columns: frozenset[str]
    ranges: Mapping[str, Range]  # of ra, dec and the physical columns
    loaded: str  # ISO time, UTC

    @property
    def release_id(self) -> str:
        return self.manifest.release_id

    @cached_property
    def key(self) -> str:
        """A cache key for results computed from this release."""
        return f"{self.release_id}@{self.manifest_sha256[:12]}"

    @property
    def galaxies(self) -> int:
        return self.manifest.galaxies

    @property
    def table(self) -> str:
        return f"r{self.sequence}"

    @property
    def votes_table(self) -> str:
        return f"v{self.sequence}"

    @cached_property
    def tree(self) -> DecisionTree:
        return tree_of(self.manifest)

    @property
    def physical(self) -> tuple[str, ...]:
        return tuple(name for name in PHYSICAL if name in self.columns)

    @property
    def has_uncertainty(self) -> bool:
        """False for a release with vote fractions only."""
        return self.manifest.posterior == "concentration"

    @property
    def has_samples(self) -> bool:
        """Whether the release has several passes of the model."""
        return "samples.parquet" in self.manifest.files

    @cached_property
    def measures(self) -> "dict[str, Measure]":
        """Uncertainty measures whose columns the release has, by name."""
        from morph.posterior.measures import MEASURES  # slow, and `look` is fast

        first = self.tree.questions[0]
        return {m.name: m for m in MEASURES if m.columns(first).keys() <= self.columns}

    @property
    def passes(self) -> int:
        """Number of passes (or models) of which the posterior is the equal mixture."""
        record = self.manifest.files.get("samples.parquet")
        return (record.rows or 0) // self.galaxies if record else 1

    @property
    def has_votes(self) -> bool:
        return "votes.parquet" in self.manifest.files

    @property
    def counts_votes(self) -> bool:
        """Whether its table has the votes on each question, ``<question>_votes``.

        Releases that earlier versions loaded lack them until the catalogue is rebuilt.
        """
        return f"{self.tree.questions[0].name}_votes" in self.columns

    @cached_property
    def maps(self) -> tuple[ReleaseMap, ...]:
        """Its maps, the first one first."""
        return maps_of(self.manifest)

    def map_on(self, plane: "Plane") -> ReleaseMap:
        """The map with this plane; MorphError if the release does not have it."""
        for one in self.maps:
            if one.plane == plane:
                return one
        named = f" {plane.of[1]}" if len(plane.of) > 1 else ""
        maps = ", ".join(one.name for one in self.maps) or "none"
        raise MorphError(
            f"the region was drawn on the map{named} of {plane.of[0]}, which release "
            f"{self.release_id} does not have (its maps: {maps}). Draw it again here, "
            f"or save its galaxies as a subset in {plane.of[0]}"
        )


def releases(con: DuckDBPyConnection) -> list[LoadedRelease]:
    """All loaded releases, newest first.

    Releases whose stored manifest is no longer valid are left out;
    `morph.catalogue.contents.waiting` reports them.
    """
    already = seen(con)
    rows = con.execute(
        "SELECT sequence, manifest, manifest_sha256, columns, ranges, loaded "
        "FROM loaded"
    ).fetchall()
    already.update(row[0] for row in rows)
    parsed = (_parsed(*row[:3], tuple(row[3]), *row[4:]) for row in rows)
    found = (release for release in parsed if release)
    return sorted(found, key=attrgetter("sequence"), reverse=True)


@lru_cache(maxsize=256)
def _parsed(
    sequence: int,
    text: str,
    sha256: str,
    columns: tuple[str, ...],
    ranges: str,
    moment: str,
) -> LoadedRelease | None:
    """A row of the table ``loaded``; None if its manifest is no longer valid.

    Kept, because every page view asks for all releases.
    """
    try:
        manifest = manifest_from_json(text)
    except (ValueError, MorphError):
        return None
    limits = {name: Range(*ends) for name, ends in json.loads(ranges).items()}
    return LoadedRelease(sequence, manifest, sha256, frozenset(columns), limits, moment)


def restated(con: DuckDBPyConnection, release_id: str, folder: Path) -> None:
    """Keep the manifest that a release has now, of which only words were changed."""
    con.execute(
        "UPDATE loaded SET manifest = $text, manifest_sha256 = $sha256 "
        "WHERE release_id = $id",
        {
            "id": release_id,
            "text": (folder / MANIFEST).read_text(encoding="utf-8"),
            "sha256": sha256_of(folder / MANIFEST),
        },
    )


def is_loaded(con: DuckDBPyConnection, release: LoadedRelease) -> bool:
    """Whether exactly this content of a release is still in the catalogue."""
    sql = "SELECT 1 FROM loaded WHERE sequence = $sequence"
    return bool(con.execute(sql, {"sequence": release.sequence}).fetchall())


def require_loaded(con: DuckDBPyConnection, release: LoadedRelease) -> None:
    """Raise a MorphError if the release was unloaded, though arrays may be kept."""
    already = seen(con)
    if release.sequence not in already:
        query(con, release, f"SELECT 1 FROM {release.table} LIMIT 0")
        already.add(release.sequence)


def release(con: DuckDBPyConnection, release_id: str) -> LoadedRelease:
    """The loaded release called ``release_id``; MorphError where there is none."""
    loaded = {release.release_id: release for release in releases(con)}
    if release_id not in loaded:
        names = ", ".join(loaded) or "none"
        raise MorphError(
            f"release {release_id!r} is not in the catalogue; loaded: {names}"
        )
    return loaded[release_id]


def tree_of(manifest: Manifest) -> DecisionTree:
    """The decision tree a release's posteriors belong to."""
    try:
        return tree_with(manifest.tree, manifest.details.own_questions)
    except MorphError as error:
        raise MorphError(f"release {manifest.release_id}: {error}") from error


@contextmanager
def reading(release: LoadedRelease) -> Iterator[None]:
    """Raise a MorphError if the release was unloaded before a query."""
    try:
        yield
    except duckdb.CatalogException as error:
        if f"Table with name {release.table} " not in str(error):
            raise
        raise MorphError(
            f"release {release.release_id} was unloaded; choose another one"
        ) from error


class Deferred(ABC):
    """A parameter of SQL that is computed when the statement runs.

    The steps of a selection are made without a database, but some parameters depend on
    the galaxies of a release, such as the mask of a region.
    """

    @abstractmethod
    def __call__(self, con: DuckDBPyConnection, release: LoadedRelease) -> Any:
        """The value to bind, for the galaxies of ``release``."""


def query(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
) -> DuckDBPyConnection:
    """Run one statement on a release's tables with bound parameters."""
    values = bound(con, release, parameters or {})
    with reading(release):
        return con.execute(sql, values)


def bound(
    con: DuckDBPyConnection, release: LoadedRelease, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameters ready to be bound, those that are `Deferred` computed now."""
    return {
        name: value(con, release) if isinstance(value, Deferred) else value
        for name, value in parameters.items()
    }
