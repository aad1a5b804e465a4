"""Data of a finished run, for reports and model cards.

Only files inside MORPH_HOME are read; what is missing in them is left out.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from morph.errors import MorphError
from morph.home import cutouts_folder, run_folder
from morph.images.store import StoreManifest, read_store_manifest
from morph.release.manifest import SIMULATED
from morph.runs.evaluation_file import Evaluation, read_evaluation
from morph.runs.finetuning.results_file import Judged, read_judged
from morph.runs.run_files import (
    BAD_PIXELS,
    CONFIG,
    read_choice,
    read_events,
    read_json,
    verdict_words,
)
from morph.trees.decision_tree import DecisionTree

# Measures without votes, taken after each epoch of an adaptation.
MEASURES = {
    "pairs": "Disagreement on pairs",
    "conditional": "Shift of mean vote fractions",
    "separability": "Separability of surveys",
    "information": "Mutual information (nats)",
    "distance": "Feature distance",
    "neighbours": "Agreement of neighbours",
}
_MODEL = "checkpoints/model.json"
_FITTED = ("loss", "held_out_loss", "images_per_s")
_STEP_VALUES = ("loss", "learning_rate", "images_per_s", "data_wait")
_STORES = ("stores", "source_stores", "target_stores")


@dataclass(frozen=True)
class RunRecord:
    """One run: its configuration, model, training history and evaluation."""

    folder: Path
    config: Mapping[str, Any]
    model: Mapping[str, Any]  # model.json of its model; may be empty
    evaluation: Evaluation | None
    epochs: pd.DataFrame  # fit, epoch, loss, held_out_loss, images_per_s
    seconds: Mapping[str, float]  # of each stage that is finished
    stores: Mapping[str, StoreManifest]
    watched: pd.DataFrame  # fit, epoch, MEASURES
    steps: pd.DataFrame  # fit, step, loss, learning_rate, images_per_s, data_wait
    labelled: pd.DataFrame  # epoch, label, share of galaxies with that pseudo-label
    few_votes: str = ""  # of the stores that it was fitted to
    images: Mapping[str, str] = field(default_factory=dict)  # on bad pixels, by stage
    verdict: str = ""  # how the adaptation was judged without votes, if it was
    judged: Judged | None = None  # what a fine-tuning was worth

    @property
    def run_id(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        return str(self.config.get("kind", ""))

    @property
    def release(self) -> Mapping[str, Any]:
        """The release section of its config; may be empty."""
        release = self.config.get("release")
        return release if isinstance(release, dict) else {}

    @property
    def warning(self) -> str:
        """Warnings of simulated galaxies, and of questions with too few votes."""
        return " ".join(one for one in (self._simulated, self.few_votes) if one)

    @property
    def _simulated(self) -> str:
        simulated = [n for n, store in self.stores.items() if store.origin in SIMULATED]
        if not simulated:
            return ""
        all_are = len(simulated) == len(self.stores)
        which = "" if all_are else f" in {', '.join(simulated)}"
        numbers = "numbers based on them" if which else "these numbers"
        return (
            f"Simulated galaxies{which}: {numbers} are not results about real galaxies."
        )


def read_record(folder: Path, tree: DecisionTree) -> RunRecord:
    """Read the record of the run in ``folder``.

    Raises
    ------
    MorphError
        If its config or its evaluation cannot be read.
    """
    config = read_json(folder / CONFIG)
    root = folder.resolve().parent.parent
    events = read_events(folder)
    evaluation = read_evaluation(folder, tree)
    return RunRecord(
        folder,
        config,
        _model(root, folder, config),
        evaluation,
        epochs_of(events),
        _seconds(events),
        _stores(root, config, evaluation),
        watched_of(events),
        steps_of(events),
        labelled_of(events, tree),
        _few_votes(events),
        _images(events),
        verdict_words(read_choice(folder)),
        read_judged(folder),
    )


def _few_votes(events: Sequence[Mapping[str, Any]]) -> str:
    """The last warning of a fit about questions with too few votes."""
    told = [one.get("says") for one in events if one.get("event") == "few_votes"]
    return f"Few votes: {told[-1]}." if told and isinstance(told[-1], str) else ""


def epochs_of(events: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The epochs of every fit; of an epoch run again after a kill, the last."""
    table = _along(events, "epoch", _FITTED)
    return table[table["loss"].notna()].reset_index(drop=True)


def watched_of(events: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The MEASURES after each epoch, as far as they were taken."""
    table = _along(events, "epoch", tuple(MEASURES))
    taken = table.dropna(how="all", subset=list(MEASURES))
    return taken.dropna(axis=1, how="all").reset_index(drop=True)


def steps_of(events: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Values along the steps of every fit, as far as they were recorded."""
    return _along(events, "step", _STEP_VALUES).sort_values("step", kind="stable")


def labelled_of(
    events: Sequence[Mapping[str, Any]], tree: DecisionTree
) -> pd.DataFrame:
    """The share of galaxies with each pseudo-label, of an adaptation that gives them.

    Of an epoch run again after a kill, the last.
    """
    shares = {
        (event["epoch"], label): float(share)
        for event in events
        if event["event"] == "pseudo_labels" and isinstance(event.get("epoch"), int)
        if isinstance(event.get("shares"), dict)
        for label, share in event["shares"].items()
        if label in tree.labels and isinstance(share, int | float)
    }
    rows = [(epoch, label, share) for (epoch, label), share in shares.items()]
    return pd.DataFrame(rows, columns=["epoch", "label", "share"])


def _along(
    events: Sequence[Mapping[str, Any]], name: str, values: tuple[str, ...]
) -> pd.DataFrame:
    """``fit``, the epoch or step and these values; those of its last run."""
    columns = ["fit", name, *values]
    rows = [
        {column: event.get(column) for column in columns}
        for event in events
        if event["event"] == name and isinstance(event.get("fit"), str)
    ]
    table = pd.DataFrame(rows, columns=columns)
    for column in columns[1:]:
        table[column] = pd.to_numeric(table[column], errors="coerce").astype(float)
    table = table.drop_duplicates(["fit", name], keep="last")
    return table[table[name].notna()].reset_index(drop=True)


def _seconds(events: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {
        str(event["stage"]): float(event["seconds"])
        for event in events
        if event["event"] == "stage_finished"
        and isinstance(event.get("seconds"), int | float)
        and "stage" in event
    }


def _images(events: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Sentences on images with bad pixels, or a band without data, by their stage."""
    said = {
        f"{event['store']}": f"{str(event.get('says', ''))[:1].upper()}"
        f"{str(event.get('says', ''))[1:]}."
        for event in events
        if event["event"] == "band_without_data" and "store" in event
    }
    titles = {"fit": "Fit", "evaluated": "Evaluation", "predicted": "Prediction"}
    counts = {
        str(event.get("of")): str(event.get("says", ""))
        for event in events
        if event["event"] == BAD_PIXELS
    }
    return said | {titles.get(of, of): says for of, says in counts.items()}


def _model(root: Path, folder: Path, config: Mapping[str, Any]) -> dict[str, Any]:
    """``model.json`` of this run, or of the run whose model it applies."""
    path, applied = folder / _MODEL, config.get("model_run")
    if not path.is_file() and isinstance(applied, str):
        path = run_folder(root, applied) / _MODEL
    return read_json(path) if path.is_file() else {}


def _stores(
    root: Path, config: Mapping[str, Any], evaluation: Evaluation | None
) -> dict[str, StoreManifest]:
    """Manifests of the run's cutout stores, as far as they are available."""
    release = config.get("release")
    places = [config, release if isinstance(release, dict) else {}]
    named = [name for place in places for key in _STORES for name in place.get(key, ())]
    if evaluation is not None:
        named.append(evaluation.store)
    stores = {}
    for name in dict.fromkeys(named):
        with suppress(MorphError, TypeError):
            stores[name] = read_store_manifest(cutouts_folder(root, name))
    return stores
