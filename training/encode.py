"""``python -m training.encode RUN_FOLDER IMAGE.npy OUT.npz``: one picture, as the run's
model sees it.

The dashboard compares an uploaded picture with a release so, without loading torch.
"""

import os
import sys
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.posterior.tree import tree_called
from morph.sandbox import REFUSED

USAGE = """usage: python -m training.encode RUN_FOLDER IMAGE.npy OUT.npz

IMAGE.npy holds (3, S, S) fluxes in g, r, z, nanomaggies; OUT.npz gets `features` and
`concentration` as the model of the run in RUN_FOLDER has them; a model that was fitted
to no votes has NaN for the latter.
"""


def encode(run_folder: Path, image: Path, out: Path) -> None:
    """Write features (D,) and concentrations (L,) of one picture.

    A pretrained encoder that no votes have been put to has a random head, so its
    concentrations are NaN.

    Raises
    ------
    MorphError
        If the run has no fitted model, or the picture is not what it was fitted to.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read as torch is loaded
    import torch

    from training.network.calibrate import calibrated
    from training.network.checkpoints import load_model
    from training.network.model import concentration
    from training.pixels.galaxy_images import network_input

    torch.set_num_threads(1)
    model, card = load_model(run_folder / "checkpoints")
    flux = np.load(image, allow_pickle=False)
    if flux.shape != (3, card.size, card.size):
        raise MorphError(
            f"the picture has the shape {flux.shape}; the model was fitted to "
            f"(3, {card.size}, {card.size})"
        )
    model.eval()
    with torch.inference_mode():
        pictures = network_input(torch.from_numpy(flux[None]), card.image)
        features = model.features(pictures).float()
        alpha = concentration(model.logits(features))
        alpha = calibrated(alpha, card.calibration, tree_called(card.tree))
    if not card.stores:
        alpha = torch.full_like(alpha, torch.nan)
    np.savez(out, features=features[0].numpy(), concentration=alpha[0].numpy())


def main(arguments: list[str]) -> int:
    """The command's exit status: 0 done, 3 with a sentence why not, 2 misused."""
    if len(arguments) != 3:
        sys.stderr.write(USAGE)
        return 2
    try:
        encode(*map(Path, arguments))
    except MorphError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
