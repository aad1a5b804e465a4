"""Decode an uploaded image, fit it to the field of a model, and encode it.

Decoding and the model run in separate processes: malicious files do no harm, and the
dashboard never loads torch.
"""

import io
import json
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from morph import sandbox
from morph.errors import MorphError
from morph.home import run_folder
from morph.images.decoded_image import central, resampled
from morph.posterior import dirichlet
from morph.release.folder import Manifest
from morph.trees.decision_tree import DecisionTree
from morph.wording import printable

MAX_BYTES = 5_000_000
LEAST_COVER = 0.5  # of the side of the model's field of view
_DECODE_S, _ENCODE_S = 60, 180  # wall-clock time
_SLACK = 1e-6  # pixels, of rounding

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Uploaded:
    """Fluxes of an image, its pixel scale if the file has it, and what was changed."""

    flux: np.ndarray  # (3, H, W), g, r, z
    pixscale_arcsec: float | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Encoder:
    """A fitted model: its run, and its field of view."""

    run: Path
    size: int  # pixels per side
    pixscale_arcsec: float | None  # None: it sees images of any scale
    part: float = 1.0  # the fraction of their sides that it sees then


@dataclass(frozen=True)
class Seen:
    """Features and posteriors of one image."""

    features: np.ndarray  # (D,)
    concentration: np.ndarray  # (L,), NaN if the model predicts no answers

    def expected(self, tree: DecisionTree) -> np.ndarray:
        """Expected vote fractions (L,), NaN if the model predicts no answers."""
        if np.isnan(self.concentration).any():
            return np.full(len(tree.labels), np.nan)
        return dirichlet.expected_probability(self.concentration[None], tree)[0]


def read_picture(data: bytes, name: str) -> Uploaded:
    """Decode a JPEG, PNG, TIFF or FITS file in a process limited to 2 GB and 20 s.

    MorphError if the file is too large or cannot be used.
    """
    name = printable(name)[-80:] or "The image"
    if len(data) > MAX_BYTES:
        raise MorphError(
            f"{name} is {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB "
            "can be uploaded. Crop it to the galaxy"
        )
    if not data:
        raise MorphError(f"{name} is empty; choose another file")
    flux, scale, notices = _in_child(
        ["morph.images.image_child"],
        data,
        ("flux", "pixscale_arcsec", "notices"),
        limit_s=_DECODE_S,
        name=name,
        refused=f"{name} cannot be used: ",
        failed=f"{name} needs too much memory or time to decode; save it again as a "
        "JPEG of the galaxy alone",
    )
    return Uploaded(flux, float(scale) or None, tuple(notices.tolist()))


def encoder_of(root: Path, manifest: Manifest, space: str = "features") -> Encoder:
    """The model of a release's features or answers.

    They differ if features were added to a release (`morph.release.attach_features`).
    MorphError if the release is not from a run, or its model is not available.
    """
    run = manifest.parent_run
    attached = manifest.details.features
    if space == "features" and attached is not None:
        run = attached.get("run")
    if not isinstance(run, str):
        raise MorphError(
            "image upload needs a release made by a morph run; the model of "
            f"{manifest.release_id} is not available"
        )
    folder = run_folder(root, run)
    model_run = _read_json(folder / "config.json").get("model_run")
    has_model = (folder / "checkpoints" / "model.json").is_file()
    if not has_model and isinstance(model_run, str):
        folder = run_folder(root, model_run)
    card = _read_json(folder / "checkpoints" / "model.json")
    if not card:
        raise MorphError(
            f"the model of {manifest.release_id} no longer exists (run "
            f"{folder.name}); choose another release"
        )
    try:
        scale = card["pixscale_arcsec"]
        scale, part = None if scale is None else float(scale), card.get("part", 1)
        return Encoder(folder, int(card["size"]), scale, float(part))
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise _unreadable(folder / "checkpoints" / "model.json", error) from error


def fitted(uploaded: Uploaded, encoder: Encoder, pixscale_arcsec: float) -> np.ndarray:
    """The centre of an image in the field of view of the model, (3, S, S) float32.

    A model of images of any scale receives the central square, or its middle if it
    crops images.

    Fluxes are surface brightness, so resampling does not scale them; pixels outside the
    image are 0. MorphError if the image covers less than half of the side of the field.
    """
    _, height, width = uploaded.flux.shape
    size = encoder.size
    if encoder.pixscale_arcsec is None:
        return central(uploaded.flux, size, part=encoder.part)
    factor = pixscale_arcsec / encoder.pixscale_arcsec
    sides = width * factor, height * factor  # in pixels of the model
    if min(sides) < LEAST_COVER * size:
        raise MorphError(
            f"the image covers {min(width, height) * pixscale_arcsec:.1f} arcsec; the "
            f"model needs {size * encoder.pixscale_arcsec:.1f}. Upload a wider image, "
            "or correct the pixel scale"
        )
    if max(sides) > 64 * size:
        raise MorphError(
            f"with pixels of {pixscale_arcsec:g} arcsec the image is far wider than a "
            "galaxy; correct the pixel scale"
        )
    field = np.zeros((3, size, size), dtype=np.float32)
    # As many pixels beside the image on one side as on the other.
    left, top = (max(ceil((size - side) / 2 - _SLACK), 0) for side in sides)
    within = size - 2 * left, size - 2 * top
    reach = within[0] / factor, within[1] / factor
    seen = resampled(uploaded.flux, reach, within)
    field[:, top : size - top, left : size - left] = seen
    return field


def see(encoder: Encoder, flux: np.ndarray) -> Seen:
    """Encode an image; takes seconds, as the process loads torch."""
    image = io.BytesIO()
    np.save(image, flux.astype(np.float32))
    arrays = _in_child(
        ["training.encode", str(encoder.run)],
        image.getvalue(),
        ("features", "concentration"),
        limit_s=_ENCODE_S,
        failed=f"the model of the run {encoder.run.name} failed on the image; the log "
        "of the dashboard has the reason",
    )
    return Seen(*arrays)


def _in_child(
    module: Sequence[str],
    data: bytes,
    arrays: Sequence[str],
    *,
    limit_s: float,
    failed: str,
    refused: str = "",
    name: str = "The image",
) -> list[np.ndarray]:
    """The ``arrays`` that a module writes to a file, from an image in another."""
    with tempfile.TemporaryDirectory(prefix="morph-picture-") as temporary:
        source, out = Path(temporary) / "image", Path(temporary) / "arrays.npz"
        source.write_bytes(data)
        done = sandbox.run([*module, str(source), str(out)], limit_s=limit_s)
        if done.returncode == sandbox.REFUSED:
            reason = done.stderr.strip().split("\n")[-1]  # libraries may write more
            raise MorphError(f"{refused}{reason}")
        if done.returncode:
            reason = done.stderr[-2000:]
            _log.warning("%s failed: %d: %s", module[0], done.returncode, reason)
            raise MorphError(failed)
        try:
            with out.open("rb") as file, np.load(file, allow_pickle=False) as written:
                return [written[array] for array in arrays]
        except (OSError, EOFError, ValueError, LookupError, BadZipFile) as error:
            _log.warning("%s wrote an incomplete file: %r", module[0], error)
            raise MorphError(f"{name} could not be read; upload it again") from error


def _read_json(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError("it is not a JSON object")
        return value
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> MorphError:
    return MorphError(
        f"{path} cannot be read ({error!r}), so its model is not available; choose "
        "another release"
    )
