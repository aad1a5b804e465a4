"""The model card of a run: Markdown under the headings of the Hugging Face hub.

Everything in it was read from the run's own files; what they do not say, it says that
it does not know (Mitchell et al. 2019).
"""

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from morph.posterior.dirichlet import CONCENTRATION_RANGE
from morph.posterior.tree import DecisionTree
from morph.report.card_results import results, summary
from morph.report.markdown import block, cell, line, table
from morph.report.record import RunRecord

CARD = "model_card.md"

_FRONT = """---
library_name: pytorch
pipeline_tag: image-feature-extraction
tags:
- astronomy
- galaxy-morphology
- galaxy-zoo
---
"""
_KINDS = {
    "source": "fitted to volunteers’ votes",
    "adapt": "adapted to another survey without its votes",
    "predict": "a fitted model, or several, applied as they are",
    "features": "features of a model for an existing release",
}
_FEATURES_ONLY = (
    "### Direct use\n\nWhich galaxies look alike, and a map of them.\n\n"
    "### Out-of-scope use\n\nAnswers to any question: it has learnt none."
)
_SOFTWARE = ("torch", "timm", "lightning-fabric", "numpy", "scikit-learn", "umap-learn")


def model_card(
    record: RunRecord, settings: Mapping[str, Any], tree: DecisionTree
) -> str:
    """The card of a run, as Markdown.

    Parameters
    ----------
    settings : mapping
        The run's whole config, with the settings that its file leaves out.
    """
    parts = (
        f"# Model card for {line(record.run_id)}",
        f"> {line(record.warning)}" if record.warning else "",
        "## Model details",
        _details(record, tree),
        "## Uses",
        _FEATURES_ONLY if bare(record.model) else _uses(tree),
        "## Bias, risks and limitations",
        _limits(record, tree),
        "## How to get started with the model",
        _start(record),
        "## Training details",
        _training(record, settings),
        "## Evaluation",
        results(record.evaluation, tree),
        "### Summary",
        summary(record.evaluation, tree),
        "## Technical specifications",
        _technical(record, settings),
        "## Provenance",
        _provenance(record),
        "## Citation",
        _citation(record),
    )
    return _FRONT + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def bare(model: Mapping[str, Any]) -> bool:
    """Whether a model is a pretrained encoder that was fitted to no votes."""
    return bool(model) and not model.get("stores")


def _details(record: RunRecord, tree: DecisionTree) -> str:
    model, image = record.model, _inner(record.model, "image")
    network = _inner(model, "model")
    weights = network.get("weights")
    low, high = (f"{end:g}" for end in CONCENTRATION_RANGE)
    calibrated = " before its calibration" if model.get("calibration") else ""
    size, scale = model.get("size"), model.get("pixscale_arcsec")
    facts = {
        "What it is": model.get("description"),
        "Run": f"{record.kind}: {_KINDS.get(record.kind, 'of an unknown kind')}",
        "Starts from": record.config.get("model_run"),
        "Encoder": network.get("encoder"),
        "Weights it began with": weights,
        "Input": f"g, r, z fluxes, {size} × {size} pixels of {scale} arcsec, as "
        f"{image.get('input')} (Q = {image.get('q')})"
        if image
        else None,
        "Output": "a vector of features; it was fitted to no votes and gives no answers"
        if bare(model)
        else f"Dirichlet concentrations of the {len(tree.labels)} answers to the "
        f"{len(tree.questions)} questions of {tree.name}, each from {low} to {high}"
        f"{calibrated}; and a vector of features",
        "Licence": "not stated"
        + ("; see also that of the weights it began with" if weights else ""),
    }
    return "\n".join(f"- **{n}**: {line(v)}" for n, v in facts.items() if v)


def _uses(tree: DecisionTree) -> str:
    return (
        "### Direct use\n\nExpected vote fractions, with their uncertainty, of "
        "galaxies pictured as those below were. An answer says something only where "
        f"the answers on the way to its question in {tree.name} are likely.\n\n"
        "### Out-of-scope use\n\nPictures of another survey, depth, pixel scale or "
        "redshift range than it was judged on; single galaxies as proof of anything; "
        "fractions taken for the share of light or mass."
    )


def _limits(record: RunRecord, tree: DecisionTree) -> str:
    said = [
        "The truth is what volunteers said of pictures, with their biases of size, "
        "brightness and distance; the posterior is of their votes.",
        "The variance of the posterior is mostly the volunteers’ disagreement, not "
        "what the model does not know.",
    ]
    if bare(record.model):
        said = [
            "Its features tell apart what its weights were learnt to tell apart, which "
            "need not be what matters in galaxies."
        ]
    found = record.evaluation
    if found is None:
        said.append("This run was not judged: how good it is, is not known.")
    elif found.not_learnt:
        titles = ", ".join(tree.question(name).title for name in found.not_learnt)
        said.append(f"Not learnt, no better than always the mean: {titles}.")
    if record.kind == "adapt":
        said.append("No votes of the target survey took part in the adaptation.")
    return "\n".join(f"- {one}" for one in said)


def _start(record: RunRecord) -> str:
    config = {
        "kind": "predict",
        "model_run": record.run_id,
        "release": {"release_id": "my-release", "stores": ["my-cutouts"]},
    }
    if record.kind in ("predict", "features"):
        config["model_run"] = record.config.get("model_run")
    if bare(record.model):
        config = {
            "kind": "features",
            "encoder": _inner(record.model, "model"),
            "image": _inner(record.model, "image"),
            "parent": "my-release",
            "release": {"release_id": "with-features", "stores": ["my-cutouts"]},
        }
    return (
        "With this as `config.json` in a folder of `runs/`, `python -m training "
        "FOLDER` applies it to the cutout store `my-cutouts`:\n\n"
        + block(json.dumps(config, indent=2), "json")
    )


def _training(record: RunRecord, settings: Mapping[str, Any]) -> str:
    rows = [
        (name, store.survey, store.origin, f"{store.galaxies:,}", store.size)
        for name, store in record.stores.items()
    ]
    heads = ("cutout store", "survey", "origin", "galaxies", "pixels a side")
    learnt = ", ".join(map(str, record.model.get("stores", ())))
    if not learnt:
        learnt = "none" if bare(record.model) else "unknown"
    given = table(("setting", "value"), [(n, v) for n, v in _flat(settings)])
    return (
        f"### Training data\n\nVotes of: {line(learnt)}. Stores that the "
        f"run names and that were there:\n\n{table(heads, rows)}\n\n"
        f"### Training procedure\n\n{given}"
    )


def _technical(record: RunRecord, settings: Mapping[str, Any]) -> str:
    device = _inner(settings, "device")
    rows = [(name, f"{spent:,.1f}") for name, spent in record.seconds.items()]
    speeds = record.epochs.groupby("fit", sort=False)["images_per_s"].median()
    said = [
        f"- {line(n)}: {v:,.0f} images a second (median)" for n, v in speeds.items()
    ]
    hardware = ", ".join(f"{name} {value}" for name, value in device.items())
    return "\n\n".join(
        part
        for part in (
            f"Asked for: {line(hardware)}." if device else "",
            table(("stage", "seconds"), rows) if rows else "",
            "\n".join(said),
        )
        if part
    )


def _provenance(record: RunRecord) -> str:
    facts = {
        "Run": record.run_id,
        "Seed": record.config.get("seed", "the default"),
        "SHA-256 of the weights": record.model.get("sha256"),
        "Release": record.release.get("release_id"),
        "Software": ", ".join(_versions()),
    }
    return "\n".join(f"- {n}: {line(v)}" for n, v in facts.items() if v)


def _citation(record: RunRecord) -> str:
    given = line(record.release.get("citation") or "")
    method = (
        "Walmsley et al. 2022 (MNRAS 509, 3966) for the votes’ likelihood and the "
        "tree, Ye et al. 2025 (MNRAS 537, 640) for the adaptation of surveys."
    )
    return f"{given}\n\n{method}" if given else method


def _versions() -> list[str]:
    found = []
    for name in _SOFTWARE:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def _flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Settings within settings under dotted names."""
    rows = []
    for name, found in value.items():
        if isinstance(found, Mapping):
            rows += _flat(found, f"{before}{name}.")
        else:
            rows.append((f"{before}{name}", cell(found)))
    return rows


def _inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}
