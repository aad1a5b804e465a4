"""The model card of a run: Markdown with the headings of the Hugging Face hub.

After Mitchell et al. (2019). Everything comes from the run's files; what they do not
contain is stated as unknown.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from morph.posterior.dirichlet import CONCENTRATION_RANGE
from morph.report import finetuned
from morph.report.card_results import results, summary
from morph.report.markdown import block, cell, line, table
from morph.report.record import RunRecord
from morph.trees.decision_tree import DecisionTree

CARD = "model_card.md"

_LIKELIHOOD = "Walmsley et al. 2022"
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
    "source": "trained on volunteers’ votes",
    "adapt": "adapted to another survey without using its votes",
    "finetune": "fine-tuned to labels of a question of one’s own",
    "predict": "predictions of one or several existing models",
    "features": "features for an existing release",
}
_FEATURES_ONLY = (
    "### Direct use\n\nSimilarity search and a map of galaxies.\n\n"
    "### Out-of-scope use\n\nVote fractions: it was not trained on votes."
)
_SOFTWARE = ("torch", "timm", "lightning-fabric", "numpy", "scikit-learn", "umap-learn")


def model_card(
    record: RunRecord, settings: Mapping[str, Any], tree: DecisionTree
) -> str:
    """The model card of a run, as Markdown.

    ``settings`` are the run's whole config, defaults included.
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
        *_evaluation(record, tree),
        "## Technical specifications",
        _technical(record, settings),
        "## Provenance",
        _provenance(record),
        "## Citation",
        _citation(record, tree),
    )
    return _FRONT + "\n" + "\n\n".join(part for part in parts if part) + "\n"


def _evaluation(record: RunRecord, tree: DecisionTree) -> tuple[str, ...]:
    """The sections on what the predictions are worth."""
    if record.judged is not None:
        said = line(finetuned.sentence(record.judged))
        return finetuned.markdown(record.judged), "### Summary", said
    found = record.evaluation
    return results(found), "### Summary", summary(found, tree)


def bare(model: Mapping[str, Any]) -> bool:
    """Whether a model is a pretrained encoder without training on votes."""
    return bool(model) and not model.get("stores")


def _details(record: RunRecord, tree: DecisionTree) -> str:
    model, image = record.model, _inner(record.model, "image")
    network = _inner(model, "model")
    weights = network.get("weights")
    low, high = (f"{end:g}" for end in CONCENTRATION_RANGE)
    calibrated = " before calibration" if model.get("calibration") else ""
    facts = {
        "Description": model.get("description"),
        "Run": f"{record.kind}: {_KINDS.get(record.kind, 'of an unknown kind')}",
        "Starts from": record.config.get("model_run"),
        "Encoder": network.get("encoder"),
        "Initial weights": weights,
        "Input": _input(model, image) if image else None,
        "Output": "a feature vector; not trained on votes, so it predicts no answers"
        if bare(model)
        else f"Dirichlet concentrations of the {len(tree.labels)} answers to the "
        f"{len(tree.questions)} questions of {tree.name}, each from {low} to {high}"
        f"{calibrated}; and a feature vector",
        "Licence": "not stated"
        + ("; see also that of the initial weights" if weights else ""),
    }
    return _bullets({f"**{name}**": value for name, value in facts.items()})


def _input(model: Mapping[str, Any], image: Mapping[str, Any]) -> str:
    """The images that a model takes, and how they are made of cutouts."""
    size, scale = model.get("size"), model.get("pixscale_arcsec")
    crop, rebin = image.get("crop"), image.get("rebin") or 1
    words = f"g, r, z fluxes, {size} × {size} pixels"
    if scale:
        words += f" of {scale:.4g} arcsec"
    if crop or rebin > 1:
        kept = f"the central {crop} × {crop} pixels" if crop else "all pixels"
        bins = f", averaged in bins of {rebin} × {rebin}" if rebin > 1 else ""
        words += f" ({kept} of a cutout{bins})"
    words += f", as {image.get('input')} (Q = {image.get('q')})"
    return words + _encoder_input(_inner(model, "input"))


def _encoder_input(recipe: Mapping[str, Any]) -> str:
    """What the model makes of these images for its encoder; "" of earlier models."""
    if not recipe:
        return ""
    side, channels = recipe.get("size"), recipe.get("channels")
    clip = ", clipped to [0, 1]" if recipe.get("clip") else ""
    how = f"({recipe.get('interpolation')}{clip})"
    size = f"resampled to {side} pixels {how}, " if side else ""
    return (
        f"; the encoder gets them {size}with channels {channels!r}, minus "
        f"{recipe.get('mean')}, divided by {recipe.get('std')}"
    )


def _uses(tree: DecisionTree) -> str:
    return (
        "### Direct use\n\nVote fractions with uncertainties, for images like those "
        "below. An answer is meaningful only where the galaxy probably reaches its "
        f"question in {tree.name}.\n\n"
        "### Out-of-scope use\n\nImages of another survey, depth, pixel scale or "
        "redshift range than it was evaluated on; conclusions from single galaxies; "
        "interpreting vote fractions as fractions of light or mass."
    )


def _limits(record: RunRecord, tree: DecisionTree) -> str:
    limits = [
        "The labels are volunteers’ votes, biased by the size, brightness and "
        "distance of galaxies; the posterior describes their votes.",
        "The posterior variance mostly reflects disagreement between volunteers "
        "(aleatoric), not the uncertainty of the model (epistemic).",
    ]
    if bare(record.model):
        limits = [
            "The features reflect the images that the encoder was pretrained on and "
            "may not describe the morphology of galaxies."
        ]
    if record.judged is not None:
        limits = finetuned.limits(record.judged)
    elif record.evaluation is None:
        limits.append("This run was not evaluated, so its accuracy is unknown.")
    elif names := record.evaluation.not_learnt:
        titles = ", ".join(tree.question(name).title for name in names)
        limits.append(
            f"Not learnt (no better than a constant mean fraction): {titles}."
        )
    limits += [f"{line(stage)}: {line(says)}" for stage, says in record.images.items()]
    if record.kind == "adapt":
        limits.append("The adaptation used no votes of the target survey.")
        if record.verdict:
            limits.append(f"Judged without these votes: {line(record.verdict)}")
    return "\n".join(f"- {one}" for one in limits)


def _start(record: RunRecord) -> str:
    if record.kind == "finetune":
        return (
            "Its answers are in the release that the run wrote. Label more galaxies "
            "and fine-tune again for those of another release."
        )
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
        "With this as `config.json` in a folder of `runs/`, `.venv/bin/python -m "
        "training FOLDER` applies it to the cutout store `my-cutouts`:\n\n"
        + block(json.dumps(config, indent=2), "json")
    )


def _training(record: RunRecord, settings: Mapping[str, Any]) -> str:
    rows = [
        (name, store.survey, store.origin, f"{store.galaxies:,}", store.size)
        for name, store in record.stores.items()
    ]
    heads = ("cutout store", "survey", "origin", "galaxies", "width in pixels")
    learnt = ", ".join(map(str, record.model.get("stores", ())))
    if not learnt:
        learnt = "none" if bare(record.model) else "unknown"
    used = "Votes used" if record.judged is None else "Labels used, of galaxies in"
    procedure = table(("setting", "value"), [(n, v) for n, v in _flat(settings)])
    return (
        f"### Training data\n\n{used}: {line(learnt)}. Cutout stores of the run "
        f"that are still available:\n\n{table(heads, rows)}\n\n"
        f"### Training procedure\n\n{procedure}"
    )


def _technical(record: RunRecord, settings: Mapping[str, Any]) -> str:
    device = _inner(settings, "device")
    rows = [(name, f"{spent:,.1f}") for name, spent in record.seconds.items()]
    medians = record.epochs.groupby("fit", sort=False)["images_per_s"].median()
    speeds = {n: f"{v:,.0f} images per second (median)" for n, v in medians.items()}
    hardware = ", ".join(f"{name} {value}" for name, value in device.items())
    parts = (
        f"Requested: {line(hardware)}." if device else "",
        table(("stage", "seconds"), rows) if rows else "",
        _bullets(speeds),
    )
    return "\n\n".join(part for part in parts if part)


def _provenance(record: RunRecord) -> str:
    facts = {
        "Run": record.run_id,
        "Seed": record.config.get("seed", "default"),
        "SHA-256 of the weights": record.model.get("sha256"),
        "Release": record.release.get("release_id"),
        "Software": ", ".join(_versions()),
    }
    return _bullets(facts)


def _citation(record: RunRecord, tree: DecisionTree) -> str:
    cited = line(record.release.get("citation") or "")
    of_tree = f", {tree.citation} for the decision tree" if tree.citation else ""
    if _LIKELIHOOD in tree.citation:
        of_tree = " and the decision tree"
    method = (
        f"{_LIKELIHOOD} (MNRAS 509, 3966) for the likelihood of votes{of_tree}, Ye et "
        "al. 2025 (MNRAS 537, 640) for the domain adaptation."
    )
    return f"{cited}\n\n{method}" if cited else method


def _versions() -> list[str]:
    versions = []
    for name in _SOFTWARE:
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    return versions


def _bullets(facts: Mapping[str, Any]) -> str:
    return "\n".join(f"- {name}: {line(v)}" for name, v in facts.items() if v)


def _flat(value: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested settings under dotted names."""
    rows = []
    for name, part in value.items():
        if isinstance(part, Mapping):
            rows += _flat(part, f"{before}{name}.")
        else:
            rows.append((f"{before}{name}", cell(part)))
    return rows


def _inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = value.get(name)
    return part if isinstance(part, Mapping) else {}
