"""A picture from outside: decoded apart, cut to a model's field, seen by that model.

Both the decoding and the model run in processes of their own: a hostile file harms
nothing here, and the dashboard never loads torch.
"""

import json
import logging
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from PIL import Image

from morph import sandbox
from morph.errors import MorphError
from morph.home import run_folder
from morph.posterior import dirichlet
from morph.posterior.tree import DecisionTree
from morph.release.folder import Manifest

MAX_BYTES = 5_000_000
LEAST_COVER = 0.5  # of the side of the model's field
_DECODE_S, _ENCODE_S = 60, 180  # by the clock on the wall

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Uploaded:
    """Fluxes of a picture, and its pixel scale where the file says it."""

    flux: np.ndarray  # (3, H, W), g, r, z
    pixscale_arcsec: float | None


@dataclass(frozen=True)
class Encoder:
    """A fitted model that can look at pictures: its run, and the field it was given."""

    run: Path
    size: int  # pixels a side
    pixscale_arcsec: float


@dataclass(frozen=True)
class Seen:
    """What a model sees in one picture."""

    features: np.ndarray  # (D,)
    concentration: np.ndarray  # (L,), NaN where the model has learnt no answers

    def expected(self, tree: DecisionTree) -> np.ndarray:
        """Expected vote fractions (L,), NaN where the model has learnt no answers."""
        if np.isnan(self.concentration).any():
            return np.full(len(tree.labels), np.nan)
        return dirichlet.expected_probability(self.concentration[None], tree)[0]


def read_picture(data: bytes, name: str) -> Uploaded:
    """Decode a JPEG, PNG or FITS file in a process held to 2 GB and 20 s.

    Raises
    ------
    MorphError
        If it is too large, or no picture that can be used; the sentence says why.
    """
    name = "".join(sign for sign in name if sign.isprintable())[-80:] or "The picture"
    if len(data) > MAX_BYTES:
        raise MorphError(
            f"{name} has {len(data) / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB "
            "can be uploaded. Cut the galaxy out of it"
        )
    if not data:
        raise MorphError(f"{name} is empty; choose another file")
    with tempfile.TemporaryDirectory(prefix="morph-picture-") as temporary:
        source, out = Path(temporary) / "picture", Path(temporary) / "flux.npz"
        source.write_bytes(data)
        command = ["morph.images.image_child", str(source), str(out)]
        done = sandbox.run(command, limit_s=_DECODE_S)
        if done is not None and done.returncode == sandbox.REFUSED:
            raise MorphError(f"{name} cannot be used: {done.stderr}")
        if done is None or done.returncode != 0:
            _log_failure("decoding", done)
            raise MorphError(
                f"{name} takes too much memory or time to decode; save it again as a "
                "plain JPEG of the galaxy alone"
            )
        flux, scale = _written(out, ("flux", "pixscale_arcsec"), name)
        known = float(scale) if 0.01 < float(scale) < 100 else None
        return Uploaded(flux, known)


def encoder_of(root: Path, manifest: Manifest, space: str = "features") -> Encoder:
    """The model that a release's features are of, or that predicted its answers.

    The two differ where features were attached to a release
    (`morph.release.attach_features`).

    Raises
    ------
    MorphError
        If the release came from no run, or the run's model is not here.
    """
    run = manifest.parent_run
    attached = manifest.details.get("features")
    if space == "features" and isinstance(attached, dict):
        run = attached.get("run")
    if run is None:
        raise MorphError(
            "an uploaded image needs a release made by a morph run; the model of "
            f"{manifest.release_id} is not available"
        )
    folder = run_folder(root, run)
    given = _read_json(folder / "config.json").get("model_run")
    if not (folder / "checkpoints" / "model.json").is_file() and given:
        folder = run_folder(root, given)
    card = _read_json(folder / "checkpoints" / "model.json")
    if not card:
        raise MorphError(
            f"the model of {manifest.release_id} no longer exists (run "
            f"{folder.name}); choose another release"
        )
    try:
        return Encoder(folder, int(card["size"]), float(card["pixscale_arcsec"]))
    except (LookupError, TypeError, ValueError) as error:
        raise _unreadable(folder / "checkpoints" / "model.json", error) from error


def fitted(uploaded: Uploaded, encoder: Encoder, pixscale_arcsec: float) -> np.ndarray:
    """The middle of a picture as the model's field, (3, S, S) float32.

    Fluxes are taken as surface brightness, so another scale leaves them as they are;
    what the picture does not cover is empty sky.

    Raises
    ------
    MorphError
        If the picture covers less than half of the field's side.
    """
    factor = pixscale_arcsec / encoder.pixscale_arcsec
    _, height, width = uploaded.flux.shape
    size = encoder.size
    sides = (max(round(width * factor), 1), max(round(height * factor), 1))
    if min(sides) < LEAST_COVER * size:
        raise MorphError(
            f"the picture covers {min(width, height) * pixscale_arcsec:.1f} arcsec; "
            f"the model looks at {size * encoder.pixscale_arcsec:.1f}. Upload a wider "
            "one, or say how many arcsec a pixel has"
        )
    if max(sides) > 64 * size:
        raise MorphError(
            f"a pixel of {pixscale_arcsec:g} arcsec makes the picture far wider than a "
            "galaxy; correct the scale"
        )
    field = np.zeros((3, size, size), dtype=np.float32)
    left, top = ((side - size) // 2 for side in sides)
    for band, flux in enumerate(uploaded.flux.astype(np.float32)):
        image = Image.fromarray(flux)
        if factor != 1:
            image = image.resize(sides, Image.Resampling.LANCZOS)
        field[band] = np.asarray(image.crop((left, top, left + size, top + size)))
    return field


def see(encoder: Encoder, flux: np.ndarray) -> Seen:
    """What the model sees in a picture; seconds, as its process loads torch first."""
    with tempfile.TemporaryDirectory(prefix="morph-picture-") as temporary:
        image, out = Path(temporary) / "image.npy", Path(temporary) / "seen.npz"
        np.save(image, flux.astype(np.float32))
        command = ["training.encode", str(encoder.run), str(image), str(out)]
        done = sandbox.run(command, limit_s=_ENCODE_S)
        if done is not None and done.returncode == sandbox.REFUSED:
            raise MorphError(done.stderr.strip())
        if done is None or done.returncode != 0:
            _log_failure("looking at", done)
            raise MorphError(
                f"the model of the run {encoder.run.name} could not look at the "
                "picture; the log of the dashboard says why"
            )
        return Seen(*_written(out, ("features", "concentration"), "The picture"))


def _written(out: Path, names: Sequence[str], what: str) -> list[np.ndarray]:
    """The arrays that a child wrote, if it wrote them to their end."""
    try:
        with out.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return [found[name] for name in names]
    except (OSError, EOFError, ValueError, LookupError, BadZipFile) as error:
        _log.warning("a child wrote %s by half: %r", out.name, error)
        raise MorphError(
            f"{what} could not be read to its end; upload it once more"
        ) from error


def _log_failure(doing: str, done: subprocess.CompletedProcess[str] | None) -> None:
    said = (
        "took too long" if done is None else f"{done.returncode}: {done.stderr[-2000:]}"
    )
    _log.warning("%s an uploaded picture: %s", doing, said)


def _read_json(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
        return found
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> MorphError:
    return MorphError(
        f"{path} cannot be read ({error!r}), so its model cannot encode an image; "
        "choose another release"
    )
