"""``python -m training.encode RUN_FOLDER IMAGE.npy OUT.npz``: apply the run's model to
one image.

The dashboard uses it to compare an uploaded image with a release without loading torch.
"""

import os
import sys
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.sandbox import REFUSED

USAGE = """usage: python -m training.encode RUN_FOLDER IMAGE.npy OUT.npz

IMAGE.npy holds (3, S, S) fluxes in g, r, z, nanomaggies; OUT.npz gets the `features`
and `concentration` of the model of RUN_FOLDER; concentrations of a model that was not
fitted to votes are NaN.
"""


def encode(run_folder: Path, image: Path, out: Path) -> None:
    """Write features (D,) and concentrations (L,) of one image.

    A pretrained encoder that was not fitted to votes has a random head, so its
    concentrations are NaN.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read as torch is loaded
    import torch

    from training.network.calibrate import calibrated_posteriors
    from training.network.checkpoints import load_model
    from training.pixels.galaxy_images import network_input
    from training.pixels.on_disk import without_blanks

    torch.set_num_threads(1)
    model, card = load_model(run_folder / "checkpoints")
    flux = np.load(image, allow_pickle=False)
    if flux.shape != (3, card.size, card.size):
        raise MorphError(
            f"the image has the shape {flux.shape}; the model was fitted to "
            f"(3, {card.size}, {card.size})"
        )
    model.eval()
    with torch.inference_mode():
        images = network_input(without_blanks(torch.from_numpy(flux[None])), card.image)
        features = model.features(images).float()
        alpha = calibrated_posteriors(model, card, features)
    if not card.stores:
        alpha = torch.full_like(alpha, torch.nan)
    np.savez(out, features=features[0].numpy(), concentration=alpha[0].numpy())


def main(arguments: list[str]) -> int:
    """Exit status: 0 done, 3 refused with a message, 2 wrong usage."""
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
