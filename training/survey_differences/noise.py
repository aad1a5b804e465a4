"""The noise of a survey's images, measured on blank sky.

Its power spectrum (resampled pixels are correlated) is measured for the survey, its
standard deviation for each image. The spectrum is resolved to the width of a corner, a
quarter of the image; finer structure is smoothed. Pixels without data are ignored.
Images are read in chunks, so that measurements take little memory.
"""

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from morph.errors import MorphError
from training.survey_differences.in_chunks import CHUNK, in_chunks
from training.survey_differences.without_data import marked

_QUIET_FRACTION = 0.2  # of all corners: those with the least light
_FEWEST_CORNERS = 4  # of one or few images, so that noise is measured on enough pixels
_MAD_TO_SIGMA = 1.4826
_LEAST_NOISE = 1e-6  # nanomaggies; its logarithm is needed
_ROUNDS = 6  # of correcting for the subtracted planes

# Second differences along both axes: insensitive to a galaxy's smooth outskirts.
_FILTER = torch.tensor([[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]])


def noise_power(flux: Tensor) -> Tensor:
    """(3, S, S) mean power spectrum of the noise, normalised to a variance of 1.

    Of (N, 3, S, S) images, in the layout of ``torch.fft.fft2``; 1 everywhere for white
    noise. MorphError if no corner of any image shows sky.
    """
    size = flux.shape[-1]
    side = size // 4
    correlation = _autocorrelation(_quiet_corners(flux, side), side)
    whole = correlation.new_zeros(3, size, size)
    reach = correlation.shape[-1] // 2
    lags = torch.arange(-reach, reach + 1) % size
    whole[:, lags[:, None], lags] = correlation
    return torch.fft.fft2(whole).real.clamp(min=1e-3)


def noise_level(flux: Tensor) -> Tensor:
    """(N, 3) standard deviation of each image's noise, nanomaggies per pixel.

    An image without a corner of sky gets the median of the others; MorphError if no
    image has one.
    """
    side = flux.shape[-1] // 4
    scatters = [
        torch.stack([_scatter(some.flatten(2)), _scatter(_differences(some))])
        for some in _quiet_corners(flux, side)
    ]
    whole, rough = torch.cat(scatters, dim=1).quantile(0.5, dim=1)
    ratio = whole / rough
    (rough,) = in_chunks(lambda flux: (_roughness(flux, side),), flux)
    rough = torch.where(rough.isnan(), rough.nanmedian(dim=0).values, rough)
    return (ratio * rough).clamp(min=_LEAST_NOISE)


def _roughness(flux: Tensor, side: int) -> Tensor:
    """(N, 3) scatter of the differences in the corners that show sky; NaN if none."""
    corners = map(_differences, _corners(marked(flux), side).unbind(1))
    sky = [d.masked_fill(~_varies(d)[:, None, None], torch.nan) for d in corners]
    return _scatter(torch.cat(sky, dim=2))


def _varies(differences: Tensor) -> Tensor:
    """(M,) whether a corner varies in every band; masked or empty ones do not."""
    return (_scatter(differences) > 0).all(dim=1)


def _quiet_corners(flux: Tensor, side: int) -> Iterator[Tensor]:
    """(B, 3, side, side) corners with the least light, minus a fitted plane; in chunks,
    of which there are many."""
    light, complete = in_chunks(lambda flux: _corner_light(flux, side), flux)
    places = complete.nonzero()  # image and corner
    if not len(places):
        raise MorphError(
            "mock observations need blank sky in the corners of the cutouts to measure "
            f"the noise; in all {len(flux):,} images at least one band lacks it. Use "
            "larger cutouts in g, r and z, or choose another method"
        )
    light = light[complete]
    light = light - light.mean(dim=0)
    spread = light.std(dim=0, correction=0).clamp(min=torch.finfo(light.dtype).tiny)
    count = max(_FEWEST_CORNERS, round(_QUIET_FRACTION * len(light)))
    quiet = places[(light / spread).sum(dim=1).argsort()[:count]]
    for some in quiet.split(CHUNK):
        yield _flattened(flux, some, side)


def _corner_light(flux: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """(N, 4, 3) mean light of the corners, and which (N, 4) have data everywhere."""
    corners = _corners(marked(flux), side)
    light = corners.mean(dim=(3, 4))
    varies = [_varies(_differences(corner)) for corner in corners.unbind(1)]
    return light, torch.stack(varies, dim=1) & light.isfinite().all(dim=2)


def _flattened(flux: Tensor, places: Tensor, side: int) -> Tensor:
    """(M, 3, side, side) corners at (M, 2) places, image and corner, minus planes."""
    image, corner = places.unbind(1)
    corners = _corners(flux[image], side)[torch.arange(len(image)), corner].float()
    basis, flat = _plane(side, corners.device), corners.flatten(2)
    return (flat - flat @ basis.T @ basis).view_as(corners)


def _corners(flux: Tensor, side: int) -> Tensor:
    """The four corners (N, 4, 3, side, side) of each image."""
    ends = (slice(None, side), slice(-side, None))
    corners = [flux[:, :, rows, columns] for rows in ends for columns in ends]
    return torch.stack(corners, dim=1)


def _differences(patches: Tensor) -> Tensor:
    """(M, 3, P) second differences, near 0 for smooth light."""
    kernel = _FILTER.to(patches.device).expand(3, 1, 3, 3)
    return F.conv2d(patches.float(), kernel, groups=3).flatten(2)


def _scatter(values: Tensor) -> Tensor:
    """Robust standard deviation about 0 along the last axis."""
    return _MAD_TO_SIGMA * values.abs().nanmedian(dim=-1).values


def _plane(side: int, device: torch.device) -> Tensor:
    """(3, side²) orthonormal basis of all planes."""
    axis = torch.linspace(-1, 1, side, device=device)
    down, right = axis[:, None].expand(side, side), axis.expand(side, side)
    basis = torch.stack([torch.ones_like(down), down, right]).flatten(1)
    return basis / basis.norm(dim=1, keepdim=True)


def _autocorrelation(patches: Iterable[Tensor], side: int) -> Tensor:
    """(3, R, R) mean autocorrelation of the noise of patches (B, 3, P, P).

    Tapered to 0 at half a side, P = ``side``; R = 2⌊P/2⌋ + 1.

    Subtracting a plane also removes noise at the lowest frequencies. The loss follows
    from the autocorrelation, so it is added back iteratively, `_ROUNDS` times.
    """
    power, count = 0, 0
    for some in patches:
        power, count = power + _padded_power(some), count + len(some)
    measured = _mean_products(power / count, side)
    reach = side // 2
    middle = slice(side - reach, side + reach + 1)
    lag = torch.arange(-reach, reach + 1, device=measured.device) / (reach + 1)
    taper = torch.cos(torch.pi / 2 * lag).square()
    taper = F.pad(taper[:, None] * taper, [side - reach, side - reach - 1] * 2)
    noise = taper * measured
    for _ in range(_ROUNDS):
        noise = taper * (measured + _lost_to_plane(noise))
    return (noise / noise[:, side, side, None, None])[:, middle, middle]


def _padded_power(patches: Tensor) -> Tensor:
    """(3, 2P, P + 1) summed power of zero-padded patches without stars."""
    limit = 4 * _scatter(patches.flatten(2))[:, :, None, None]
    spectra = _padded_spectra(patches.clamp(-limit, limit))
    return spectra.abs().square().sum(dim=0)


def _lost_to_plane(noise: Tensor) -> Tensor:
    """How much subtracting planes lowers the autocorrelation (3, 2P, 2P) of noise.

    With Q the planes and C the noise's covariance, the lags' means of C − (1 − QQᵀ) C
    (1 − QQᵀ) = QQᵀC + CQQᵀ − QQᵀCQQᵀ.
    """
    side = noise.shape[-1] // 2
    planes = _plane(side, noise.device).view(1, 3, side, side).expand(3, -1, -1, -1)
    spectra = _padded_spectra(planes)
    spread = torch.fft.rfft2(torch.fft.ifftshift(noise, dim=(1, 2)))[:, None]
    seen = torch.fft.irfft2(spectra * spread)
    seen = seen[..., :side, :side]  # CQ
    both = torch.einsum("bixy,bjxy->bij", planes, seen)  # QᵀCQ
    within = torch.einsum("bij,bjxy->bixy", both, planes)
    products = spectra.conj() * _padded_spectra(seen - within / 2)
    one_way = _mean_products(products.sum(dim=1), side)
    return one_way + one_way.flip(1, 2).roll((1, 1), (1, 2))


def _padded_spectra(patches: Tensor) -> Tensor:
    """(..., 2P, P + 1) transforms of zero-padded (..., P, P) patches."""
    side = patches.shape[-1]
    return torch.fft.rfft2(patches, s=(2 * side, 2 * side))


def _mean_products(spectrum: Tensor, side: int) -> Tensor:
    """(3, 2P, 2P) mean product of pixels at each lag; lag 0 is at (P, P).

    From products (3, 2P, P + 1) of padded spectra, averaged over patches before the
    transform back, which saves time and memory.
    """
    pairs = _padded_spectra(torch.ones(side, side, device=spectrum.device))
    padded = (2 * side, 2 * side)
    sums = torch.fft.irfft2(spectrum, s=padded)
    counts = torch.fft.irfft2(pairs.abs().square(), s=padded).round().clamp(min=1)
    return torch.fft.fftshift(sums / counts, dim=(-2, -1))
