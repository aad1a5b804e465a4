"""The source and the targets of `tests.benchmarks.adaptation_cases`, as cutout stores.

All have votes and the truth, which no adaptation reads of its target. ``foreign`` is
observed by other means than those of `data.simulation.observe`: an elliptical PSF of
three Gaussians that varies by field, noise that is correlated by a Gaussian, photon
noise, gradients of the sky, and other zero points.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from data.simulation.observe import DECALS, SATURATION, spectrum
from data.simulation.population import DISC, SMOOTH, draw_population
from data.simulation.scene import CELL_ARCSEC, CELL_AREA, MARGIN, OVERSAMPLING
from data.simulation.simulate import (
    SIZE,
    VOLUNTEERS,
    SimulatedSurvey,
    place,
    render,
    simulate,
)
from data.simulation.simulated_votes import draw_votes, vote_fractions
from morph.home import cutouts_folder
from morph.images.store import StoreManifest, write_store
from morph.trees.decision_tree import GZD5

SOURCE, SAME, ALIKE, FOREIGN = 1800, 1000, 800, 1000  # galaxies
DRAWN = 3500  # of all kinds, for those that are alike
_SEED = 91
_SPIRAL = 0.5  # least fraction of a disc's light in its arms

# Of the foreign survey, in g, r and z.
_FWHM_ARCSEC = np.array([1.4, 1.26, 0.95])
_ELLIPTICITY = (0.07, 0.04)  # mean and scatter
_GAUSSIANS = ((0.72, 1.0), (0.23, 1.9), (0.05, 4.0))  # fraction of light, width
_NOISE = np.array([1.3, 1.4, 1.0])  # relative to that of the source
_CORRELATED = ((0.75, 0.75), (0.75, 0.75), (0.35, 0.95))  # pixels; white noise left
_ZERO_POINT = np.array([1.08, 0.97, 0.94])
_PHOTON = np.array([4e-5, 6e-5, 1e-4])  # variance of a pixel per nanomaggy
_GRADIENT, _LEVEL = 0.15, 0.1  # of the sky, in units of the pixel noise


def write_skies(root: Path) -> None:
    """Write every store that is not complete."""
    if not _complete(root, "source"):
        made = simulate(SOURCE, _SEED, surveys=("decals",), footprint="decals")
        _write(root, "source", made, np.arange(SOURCE), made.pixels["decals"])
    if not all(_complete(root, name) for name in ("same", "smooth", "spirals")):
        _write_own(root)
    if not _complete(root, "foreign"):
        _write_foreign(root)


def _write_own(root: Path) -> None:
    """Other galaxies of the source's survey: all kinds, smooth ones, and spirals."""
    made = simulate(DRAWN, _SEED + 1, surveys=("decals",), footprint="bmz")
    kind = made.population["kind"].to_numpy()
    spiral = (kind == DISC) & (made.population["arm_contrast"].to_numpy() > _SPIRAL)
    kinds = {
        "same": np.arange(SAME),
        "smooth": np.flatnonzero(kind == SMOOTH)[:ALIKE],
        "spirals": np.flatnonzero(spiral)[:ALIKE],
    }
    for name, rows in kinds.items():
        _write(root, name, made, rows, made.pixels["decals"][rows])


def _write_foreign(root: Path) -> None:
    rng = np.random.default_rng(_SEED + 2)
    population = draw_population(FOREIGN, rng)
    index = place(population, "bmz", rng)
    truth = vote_fractions(population)
    votes = draw_votes(truth, rng, *VOLUNTEERS)
    pixels = observe_foreign(population, index["field"].to_numpy(), rng)
    made = SimulatedSurvey(index, population, truth, votes, {})
    _write(root, "foreign", made, np.arange(FOREIGN), pixels)


def observe_foreign(
    population: pd.DataFrame, field: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(N, 3, S, S) float16 nanomaggies of N galaxies in the foreign survey."""
    seen = np.empty((len(population), 3, SIZE, SIZE), np.float32)
    for number in np.unique(field):
        rows = np.flatnonzero(field == number)
        sky = spectrum(render(population.iloc[rows], SIZE), SIZE) * _response(rng)
        side = SIZE + 2 * MARGIN
        whole = torch.fft.irfft2(sky, s=(side, side))
        seen[rows] = whole[..., MARGIN:-MARGIN, MARGIN:-MARGIN].numpy()
    seen *= _ZERO_POINT[:, None, None]
    sigma = (DECALS.pixel_noise * _NOISE)[:, None, None]
    photon = np.sqrt(np.maximum(seen, 0) * _PHOTON[:, None, None])
    seen += photon * rng.standard_normal(seen.shape)
    seen += sigma * _sky(len(seen), rng)
    return np.minimum(seen, SATURATION).astype(np.float16)


def _response(rng: np.random.Generator) -> Tensor:
    """(3, M, M/2 + 1) transfer function of one field."""
    cells = OVERSAMPLING * (SIZE + 2 * MARGIN)
    axis = (torch.fft.fftfreq(cells, 1 / cells) * CELL_ARCSEC).numpy()
    down, right = axis[:, None], axis[None]
    common = 0.1 * rng.standard_normal()
    kernels = []
    for fwhm in _FWHM_ARCSEC:
        fwhm = fwhm * np.exp(common + 0.05 * rng.standard_normal())
        squeeze = 1 - abs(rng.normal(*_ELLIPTICITY))
        angle = rng.uniform(0, np.pi)
        along = np.cos(angle) * right + np.sin(angle) * down
        across = np.cos(angle) * down - np.sin(angle) * right
        square = along**2 * squeeze + across**2 / squeeze
        kernel = np.zeros_like(square)
        for share, wider in _GAUSSIANS:
            variance = (wider * fwhm / 2.3548) ** 2
            kernel += share * np.exp(-square / 2 / variance) / (2 * np.pi * variance)
        kernels.append(kernel * CELL_AREA)
    # From the first cell's centre to the first pixel's, half a cell each way.
    shift = 0.5 * (OVERSAMPLING - 1) / OVERSAMPLING
    side = SIZE + 2 * MARGIN
    place = torch.fft.fftfreq(side)[:, None] + torch.fft.rfftfreq(side)
    phase = torch.exp(2j * torch.pi * shift * place)
    return spectrum(torch.tensor(np.stack(kernels)).float(), SIZE) * phase


def _sky(galaxies: int, rng: np.random.Generator) -> np.ndarray:
    """(N, 3, S, S) noise, gradient and level of the sky, in units of the noise."""
    noise = rng.standard_normal((galaxies, 3, SIZE, SIZE)).astype(np.float32)
    for band, (pixels, left) in enumerate(_CORRELATED):
        smooth = gaussian_filter(noise[:, band], (0, pixels, pixels))
        noise[:, band] = left * smooth / smooth.std()
    noise *= np.exp(0.15 * rng.standard_normal((galaxies, 3, 1, 1)))
    slope = _GRADIENT * rng.standard_normal((2, galaxies, 3, 1, 1))
    axis = np.linspace(-1, 1, SIZE)
    level = _LEVEL * rng.standard_normal((galaxies, 3, 1, 1))
    return noise + slope[0] * axis[:, None] + slope[1] * axis + level


def _complete(root: Path, name: str) -> bool:
    """Whether a store is there: its manifest is written last."""
    return (cutouts_folder(root, name) / "manifest.json").is_file()


def _write(
    root: Path, name: str, made: SimulatedSurvey, rows: np.ndarray, pixels: np.ndarray
) -> None:
    folder = cutouts_folder(root, name)
    folder.mkdir(parents=True, exist_ok=True)
    index = made.index.iloc[rows].reset_index(drop=True)
    _per_label(index, made.truth[rows]).to_parquet(folder / "truth.parquet")
    survey = "bmz" if name == "foreign" else "decals"
    manifest = StoreManifest(survey, "simulated", name, len(rows), size=SIZE)
    votes = _per_label(index, made.votes[rows])
    write_store(folder, manifest, index, pixels, votes=votes)


def _per_label(index: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", index["iauname"].to_numpy())
    return table
