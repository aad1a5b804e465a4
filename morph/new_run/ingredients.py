"""What is in MORPH_HOME that a new run can use: cutout stores, models, releases."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from morph.errors import MorphError
from morph.images.store_manifest import (
    Look,
    StoreManifest,
    look_of,
    read_store_manifest,
)
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.runs.config import FinetuneConfig, SourceConfig, read_config
from morph.runs.config_parts import ImageConfig
from morph.runs.lifecycle import RunState, list_runs
from morph.runs.run_files import SLURM, read_json
from morph.trees.decision_tree import DEFAULT
from morph.typed_json import read_dataclass

_LONGEST = 56  # characters, so that a number fits into a name
MODEL = "checkpoints/model.json"  # of a run


@dataclass(frozen=True)
class Store:
    """A finished cutout store."""

    name: str
    manifest: StoreManifest
    votes: bool
    labelled: bool  # has votes or true vote fractions
    halves: bool  # its galaxies are divided into tune and test
    vote_columns: frozenset[str] = frozenset()  # answers, and the galaxy's name

    def look(self, image: ImageConfig) -> Look:
        """What a network sees of its cutouts; MorphError if that is impossible."""
        return look_of(self.name, self.manifest, image)


@dataclass(frozen=True)
class Model:
    """A run with a fitted model, or one in progress that will have it."""

    run_id: str
    kind: str  # of the run
    whole: bool  # learnt from whole stores, not from their first galaxies
    fitted: bool  # to votes; otherwise a pretrained encoder
    look: Look  # of the images that it takes
    image: ImageConfig  # how these are made of cutouts
    tree: str
    stores: tuple[str, ...]  # whose votes it learnt from
    survey: str
    encoder: str
    description: str
    finished: bool = True  # otherwise runs that name it wait for it


@dataclass(frozen=True)
class Ingredients:
    """Everything that runs can name, by name; the newest models first."""

    stores: Mapping[str, Store]
    models: Mapping[str, Model]
    releases: Mapping[str, Manifest]
    runs: tuple[str, ...]
    planned: frozenset[str]  # names of the releases of all runs

    def names(self, what: str) -> list[str]:
        """The names of a kind: "cutout store", "run" with a model, or "release"."""
        found = {
            "cutout store": self.stores,
            "run": self.models,
            "release": self.releases,
        }
        return list(found.get(what, ()))

    def first_store(self, *, votes: bool, survey_not: str = "") -> str | None:
        """The largest store with or without votes, and not of one survey."""
        fit = [
            one
            for one in self.stores.values()
            if one.votes == votes and one.manifest.survey != survey_not
        ]
        largest = max(fit, key=lambda one: one.manifest.galaxies, default=None)
        return None if largest is None else largest.name


def ingredients(root: Path) -> Ingredients:
    """What is there now; folders that cannot be read are left out."""
    runs, stores = list_runs(root), _stores(root)
    models = {}
    for run in runs:
        with suppress(MorphError, KeyError, TypeError, ValueError):
            if run.config.get("kind") == FinetuneConfig.kind:
                continue  # its model knows one question, of no tree that others have
            if (run.folder / MODEL).is_file() and run.state == "finished":
                models[run.run_id] = _model(run)
            elif run.state in ("queued", "running"):
                models |= _coming_model(run, stores)
    return Ingredients(
        stores,
        models,
        _releases(root),
        tuple(run.run_id for run in runs),
        frozenset(filter(None, map(_planned, runs))),
    )


def _planned(run: RunState) -> str:
    release = run.config.get("release")
    name = release.get("release_id") if isinstance(release, dict) else None
    return name if isinstance(name, str) else ""


def _model(run: RunState) -> Model:
    card = read_json(run.folder / MODEL)
    image = read_dataclass(ImageConfig, card.get("image", {}))
    stores = tuple(card.get("stores", ()))
    return Model(
        run.run_id,
        str(run.config.get("kind", "")),
        not run.config.get("first"),
        bool(stores),
        _look(card),
        image,
        str(card.get("tree", DEFAULT)),
        stores,
        str(card.get("survey", "")),
        str(card["model"]["encoder"]),
        str(card.get("description", "")),
    )


def _look(card: Mapping[str, Any]) -> Look:
    """Of the images of a model; its scale is null if they have no common one."""
    scale = card["pixscale_arcsec"]
    scale = None if scale is None else float(scale)
    own = card.get("flux_pixscale_arcsec")
    flux_scale, part = float(own) if own else None, float(card.get("part", 1))
    return Look(int(card["size"]), scale, flux_scale, part)


def _coming_model(run: RunState, stores: Mapping[str, Store]) -> dict[str, Model]:
    """The model of a source run in progress on this computer, told by its settings."""
    config = read_config(run.config)
    if not isinstance(config, SourceConfig) or (run.folder / SLURM).exists():
        return {}
    first = stores[config.stores[0]]
    return {
        run.run_id: Model(
            run.run_id,
            config.kind,
            not config.first,
            fitted=True,
            look=first.look(config.image),
            image=config.image,
            tree=config.tree,
            stores=config.stores,
            survey=first.manifest.survey,
            encoder=config.model.encoder,
            description="",
            finished=False,
        )
    }


def _stores(root: Path) -> dict[str, Store]:
    found = {}
    for folder in sorted((root / "cutouts").glob("[!.]*/")):
        with suppress(MorphError, OSError, pa.ArrowException):
            manifest = read_store_manifest(folder)
            votes = (folder / "votes.parquet").is_file()
            answers = pq.read_schema(folder / "votes.parquet").names if votes else ()
            truth = (folder / "truth.parquet").is_file()
            columns = pq.read_schema(folder / "index.parquet").names
            name = folder.name
            found[name] = Store(
                name,
                manifest,
                votes,
                votes or truth,
                "half" in columns,
                frozenset(answers),
            )
    return found


def _releases(root: Path) -> dict[str, Manifest]:
    found = {}
    for folder in sorted(
        path.parent for path in (root / "releases").glob(f"[!.]*/{MANIFEST}")
    ):
        with suppress(MorphError):
            found[folder.name] = read_manifest(folder)
    return found


def next_name(called: str, taken: frozenset[str] | set[str]) -> str:
    """``<called>-<number>`` with the lowest number that no name has.

    A number at the end of ``called`` is replaced.
    """
    stem, number = re.sub(r"-\d+$", "", called)[:_LONGEST], 1
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"
