"""The folder of a trained and evaluated run, written without training."""

import json
from pathlib import Path
from typing import Any

from morph.atomic import write_json
from morph.images.store import StoreManifest
from morph.trees.decision_tree import GZD5

QUESTIONS = [question.name for question in GZD5.questions]


def evaluation(**changes: Any) -> dict[str, Any]:
    """What a run writes into ``evaluation.json``, every table of it."""
    errors = {"n": 40, "mae": 0.05, "rmse": 0.08, "noise": 0.03, "corrected_rmse": 0.07}
    share = {"right": 9, "accuracy": 0.9, "low": 0.6, "high": 0.98}
    share |= {"precision": 0.91, "f1": 0.905}
    answer = errors | {"bias": -0.01}
    masses = (0.5, 0.8, 0.9)
    point = {"low": 0.1, "high": 0.2, "galaxies": 12, "expected": 0.15}
    point |= {"voted": 0.16, "voted_low": 0.12, "voted_high": None}
    found = {
        "store": "judged",
        "half": "test",
        "labels": "truth",
        "galaxies": 1234,
        "mean_rmse": 0.081,
        "mean_constant_rmse": 0.3,
        "questions": by_question(
            errors | {"rmse_error": 0.004, "constant_rmse": 0.3, "skill": 0.7}
        ),
        "majority": by_question({"n": 10} | share),
        "confident": by_question({"n": 0} | dict.fromkeys(share)),
        "vote_errors": by_question(errors),
        "coverage": [
            {"question": name, "mass": mass, "n": 50, "coverage": mass}
            | {"low": mass - 0.05, "high": mass + 0.05, "exact": mass + 0.03}
            for name in QUESTIONS
            for mass in masses
        ],
        "nats": by_question({"n": 40, "nats": 3.2, "deviance": 1.5}),
        "answers": [{"label": label} | answer for label in GZD5.labels],
        "well_voted": [{"label": label} | answer for label in GZD5.labels],
        "reliability": [{"label": label} | point for label in GZD5.labels],
    }
    for row in found["questions"]:
        row["learnt"] = row["question"] != "bar"
    return found | changes


def by_question(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"question": name} | row for name in QUESTIONS]


def write_run(root: Path, run_id: str = "judged-run", **config: Any) -> Path:
    """Write ``runs/<run_id>``, the store it was judged on, and an epoch done twice."""
    folder = root / "runs" / run_id
    given = {"kind": "source", "stores": ["learnt"], "seed": 7}
    given["evaluate"] = {"store": "judged"}
    write_json(folder / "config.json", given | config)
    write_json(folder / "evaluation.json", evaluation())
    model = {
        "description": "small encoder fitted to the votes of learnt",
        "image": {"input": "asinh", "q": 20.0},
        "model": {"encoder": "small"},
        "size": 64,
        "pixscale_arcsec": 0.262,
        "stores": ["learnt"],
        "sha256": "ab" * 32,
    }
    write_json(folder / "checkpoints" / "model.json", model)
    events = [
        {"event": "stage_finished", "stage": "fit", "seconds": 12.5},
        *(
            {"event": "epoch", "fit": "source", "epoch": epoch, "loss": loss}
            | {"images_per_s": 400.0, "held_out_loss": loss + 1}
            for epoch, loss in ((1, 9.0), (2, 5.0), (2, 4.0))
        ),
    ]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "events.jsonl").write_text(lines, encoding="utf-8")
    for name, origin in (("learnt", "simulated"), ("judged", "simulated")):
        manifest = StoreManifest("decals", origin, name, 500, 64)
        write_json(root / "cutouts" / name / "manifest.json", vars(manifest))
    return folder
