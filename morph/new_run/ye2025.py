"""The source model and the adaptation of Ye et al. (2025), as far as they are known.

MNRAS 537, 640 and the code that its authors published. The network is EfficientNetV2-S
with 1,280 features and a linear head (20,221,042 parameters), which sees unscaled g, r,
z fluxes of 256 × 256 pixels of 0.262 arcsec. In bfloat16, a step on 128 such cutouts
keeps 12 GiB of activations, so a GPU with 24 GiB suffices; in float32 they are 24 GiB.
"""

from typing import Any

Config = dict[str, Any]

SIZE = 256  # pixels per side of a cutout
SEED = 1926
PASSES = 25  # of the prediction, with dropout
_DEVICE = {"precision": "bf16-mixed", "pixels": "disk"}


def source(stores: list[str]) -> Config:
    """A fit to the votes of GZD-5; 18% of the galaxies are held out.

    Rotations and mirroring are those of their text; their code leaves them out.
    """
    return {
        "kind": "source",
        "stores": stores,
        "seed": SEED,
        "held_out": 0.18,
        "fewest_votes": 3,
        "calibrate": False,
        "image": {"input": "raw"},
        "model": {"encoder": "efficientnetv2_s", "dropout": 0.3, "drop_path": 0.2},
        "fit": {
            "epochs": 100,
            "batch_size": 128,
            "learning_rate": 0.01,
            "warm_up": 0.3,
            "weight_decay": 0.01,
            "fraction_weight": 0.0,
            "patience": 10,
            "augment": {"turn": "any", "shift": 0.0},
        },
        "device": _DEVICE,
    }


def adapted(
    model_run: str, source_stores: list[str], target_stores: list[str], release_id: str
) -> Config:
    """Its adaptation by pseudo-labels from spherical k-means, and the catalogue."""
    return {
        "kind": "adapt",
        "model_run": model_run,
        "method": "paper",
        "source_stores": source_stores,
        "target_stores": target_stores,
        "seed": SEED,
        "device": _DEVICE,
        "release": {
            "release_id": release_id,
            "stores": target_stores,
            "passes": PASSES,
        },
    }
