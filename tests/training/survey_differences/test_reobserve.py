"""Noise, PSF and colour of a survey, and mock observations with them."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from morph.errors import MorphError
from training.pixels.galaxy_images import Galaxies
from training.pixels.on_disk import MappedPixels
from training.pixels.random_draws import Draws
from training.survey_differences import in_chunks
from training.survey_differences import look as survey_look
from training.survey_differences import noise as survey_noise
from training.survey_differences.look import measure_look
from training.survey_differences.noise import noise_level, noise_power
from training.survey_differences.reobserve import matching, mock_observer
from training.survey_differences.seeing import (
    extra_blur,
    fall,
    frequency,
    positive,
    ring_powers,
    transfer,
)

SIZE = 48
N = 300


def galaxies(sigma: float | Tensor, *, seed: int = 0) -> Tensor:
    """(N, 3, S, S) exponential discs of many sizes with a Gaussian PSF."""
    drawn = torch.Generator().manual_seed(seed)
    scale = 1.5 + torch.rand(N, 1, 1, 1, generator=drawn)  # pixels
    flux = 50 * (1 + torch.rand(N, 1, 1, 1, generator=drawn))
    k = frequency(SIZE, torch.device("cpu"))
    disc = (1 + (2 * torch.pi * k * scale).square()) ** -1.5
    sigma = torch.as_tensor(sigma).expand(N).view(N, 1, 1, 1)
    seeing = torch.exp(-2 * torch.pi**2 * sigma.square() * k.square())
    picture = torch.fft.ifft2(flux * disc * seeing).real
    return torch.fft.fftshift(picture, dim=(2, 3)).expand(-1, 3, -1, -1)


def white(scale: Tensor | float, *, seed: int) -> Tensor:
    drawn = torch.Generator().manual_seed(seed)
    return scale * torch.randn(N, 3, SIZE, SIZE, generator=drawn)


def correlated(scale: float, *, seed: int) -> Tensor:
    """White noise averaged over pairs of neighbours in a row: variance scale² / 2."""
    noise = white(scale, seed=seed)
    return (noise + noise.roll(1, 3)) / 2


def somewhere(flux: Tensor, *, seed: int = 0) -> Galaxies:
    rng = np.random.default_rng(seed)
    index = pd.DataFrame(
        {"ra": rng.uniform(150, 160, len(flux)), "dec": rng.uniform(30, 40, len(flux))}
    )
    return Galaxies(index, flux.half())


def ring(values: Tensor, low: float, high: float) -> float:
    k = frequency(SIZE, values.device)
    return values[..., (k >= low) & (k < high)].mean().item()


def test_white_noise_has_the_same_power_everywhere():
    power = noise_power(white(0.3, seed=1))
    for low in (0.15, 0.25, 0.35, 0.45):
        assert ring(power, low, low + 0.1) == pytest.approx(1, abs=0.06)


def test_correlated_noise_keeps_its_spectrum_under_galaxies():
    """Averaging pairs along a row leaves power 2 cos²(π k) at frequency k there."""
    flux = galaxies(1.5) + correlated(0.02, seed=3)
    k = torch.fft.fftfreq(SIZE)
    expected = 2 * torch.cos(torch.pi * k).square().expand(SIZE, SIZE)
    away = (noise_power(flux) - expected).abs()
    assert away[:, :, 4:-3].mean() < 0.1


@pytest.mark.parametrize("width", [torch.inf, 0.2])
def test_slow_noise_is_not_lost_to_the_plane_taken_from_a_corner(width):
    """Without the correction, the lowest frequencies have a third of their power."""
    falling = [
        torch.exp(-((frequency(size, torch.device("cpu")) / width).square()) / 2)
        for size in (2 * SIZE, SIZE)
    ]
    drawn = torch.Generator().manual_seed(4)
    noise = torch.randn(N, 3, 2 * SIZE, 2 * SIZE, generator=drawn)
    noise = torch.fft.ifft2(torch.fft.fft2(noise) * falling[0].sqrt()).real
    found = noise_power(noise[:, :, :SIZE, :SIZE])
    expected = falling[1] / falling[0].mean()
    for low in (0, 0.04, 0.08, 0.12):
        truth = ring(expected, low, low + 0.04)
        assert ring(found, low, low + 0.04) == pytest.approx(truth, rel=0.15)


def masked(flux: Tensor, rows: slice) -> Tensor:
    """No flux in the corners, as outside the footprint."""
    flux = flux.clone()
    edge = torch.ones(SIZE, dtype=torch.bool)
    edge[SIZE // 4 : -SIZE // 4] = False
    flux[rows, :, edge[:, None] & edge] = 0
    return flux


def test_flat_corners_do_not_count_for_the_noise():
    flux = galaxies(1.5) + white(0.02, seed=3)
    some = masked(flux, slice(None, N // 2))
    torch.testing.assert_close(
        noise_power(some), noise_power(flux[N // 2 :]), rtol=0.3, atol=0.1
    )
    level = noise_level(some)
    torch.testing.assert_close(
        level.median(dim=0).values, torch.full((3,), 0.02), rtol=0.06, atol=0
    )
    look = measure_look(somewhere(some))
    for values in (look.noise, look.blur, *look.rings):
        assert torch.isfinite(values).all()
    assert torch.isfinite(
        mock_observer(look, look)(some[:9].half(), torch.arange(9), draws())
    ).all()


def test_images_without_sky_are_an_error():
    flat = masked(galaxies(1.5) + white(0.02, seed=3), slice(None))
    with pytest.raises(
        MorphError, match="in all 300 images at least one band lacks it"
    ):
        measure_look(somewhere(flat))


def test_a_store_with_an_empty_band_is_refused():
    flux = galaxies(1.5) + white(0.02, seed=3)
    flux[:, 2] = 0
    with pytest.raises(MorphError, match="at least one band lacks it"):
        noise_level(flux)


def test_one_corner_of_sky_is_enough_for_its_noise():
    flux = white(0.02, seed=3)
    one = masked(flux[:1], slice(None))
    one[:, :, :12, :12] = flux[:1, :, :12, :12]
    assert torch.isfinite(noise_power(one)).all()
    sigma = flux[:1, :, :12, :12].std(dim=(2, 3))
    torch.testing.assert_close(noise_level(one), sigma, rtol=0.2, atol=0)


@pytest.mark.parametrize("correlate", [False, True])
def test_noise_level_is_measured_per_image_despite_galaxies(correlate):
    noise = correlated(0.02, seed=3) if correlate else white(0.02, seed=3)
    sigma = noise.std(dim=(0, 2, 3))
    stronger = torch.where(torch.arange(N) < N // 2, 1.0, 2.0)
    flux = galaxies(1.5) + stronger.view(-1, 1, 1, 1) * noise
    found = noise_level(flux)
    for half, factor in ((slice(None, N // 2), 1.0), (slice(N // 2, None), 2.0)):
        torch.testing.assert_close(
            found[half].median(dim=0).values, factor * sigma, rtol=0.06, atol=0
        )


def rings(flux: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    return ring_powers(flux, torch.full((N, 3), noise), torch.ones(3, SIZE, SIZE))


@pytest.mark.parametrize(("source", "target"), [(1.0, 1.6), (1.6, 1.0), (1.3, 1.3)])
def test_transfer_is_the_gaussian_between_two_gaussian_blurs(source, target):
    """Also if the target is sharper, and at frequencies dominated by noise."""
    seen = [
        rings(galaxies(sigma) + white(1e-3, seed=seed), 1e-3)
        for seed, sigma in enumerate((source, target))
    ]
    k = torch.arange(10) / SIZE
    expected = torch.exp(-2 * torch.pi**2 * (target**2 - source**2) * k.square())
    found = transfer(*seen)[:, :10].mean(dim=0)
    torch.testing.assert_close(found, expected, rtol=0.12, atol=0.02)


def test_larger_pixels_have_the_same_psf_at_higher_frequencies():
    """Pixels of twice the size see the shapes of PSFs at half the cycles per pixel."""
    k = torch.arange(SIZE // 2) / SIZE
    light = [(0.3 * shape).neg().exp() for shape in (fall(k / 2), 2 * fall(k / 2))]
    dark = torch.full((N, 3, SIZE // 2), 1e-9)
    seen = [(one.square().repeat(N, 3, 1), dark) for one in light]
    found = transfer(*seen, pixel=2.0)
    torch.testing.assert_close(found[0], light[1] / light[0], rtol=1e-4, atol=1e-5)
    groups = torch.arange(N)[:, None]
    both = torch.cat([seen[0][0][: N // 2], seen[1][0][N // 2 :]])
    blur = extra_blur(both, dark, groups, pixel=2.0)
    torch.testing.assert_close(
        blur[-1] - blur[0], torch.full((3,), 0.3), rtol=1e-3, atol=0
    )


def test_galaxies_that_drown_in_noise_are_an_error():
    drowned = rings(white(1.0, seed=6), 1.0)
    with pytest.raises(MorphError, match="too faint compared with the noise"):
        transfer(drowned, drowned)


def test_surroundings_blurred_more_are_found():
    """Half of the sky has amplitudes lower by a factor exp(−fall / 10)."""
    more = torch.where(torch.arange(N) < N // 2, 0.0, 0.1).view(N, 1, 1, 1)
    k = frequency(SIZE, torch.device("cpu"))
    seen = torch.fft.fft2(galaxies(1.0)) * torch.exp(-more * fall(k))
    light, dark = rings(torch.fft.ifft2(seen).real + white(1e-3, seed=7), 1e-3)
    own_half = torch.arange(N).view(2, -1)[(torch.arange(N) >= N // 2).long()]
    found = extra_blur(light, dark, own_half)
    difference = found[-1] - found[0]
    torch.testing.assert_close(difference, torch.full((3,), 0.1), atol=0.015, rtol=0)


def draws() -> Draws:
    return Draws(torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def pair() -> tuple[Galaxies, Galaxies]:
    """A sharp survey with white noise, a blurred one, redder, its noise correlated."""
    redder = torch.tensor([0.9, 1.0, 1.1]).view(3, 1, 1)
    source = galaxies(1.0) + white(0.01, seed=8)
    target = redder * galaxies(1.5) + correlated(0.04, seed=9)
    return somewhere(source), somewhere(target, seed=1)


def test_mock_observations_have_the_targets_look(pair):
    source, target = pair
    drawn = draws()
    observe = mock_observer(*map(measure_look, pair))
    taken = Galaxies(source.index, observe(source.flux, torch.arange(N), drawn))
    found, wanted = measure_look(taken), measure_look(target)
    torch.testing.assert_close(
        found.noise.mean(dim=0), wanted.noise.mean(dim=0), rtol=0.05, atol=0
    )
    torch.testing.assert_close(found.colour, wanted.colour, atol=0.02, rtol=0)
    torch.testing.assert_close(
        transfer(found.rings, wanted.rings)[:, :8], torch.ones(3, 8), atol=0.1, rtol=0
    )
    assert ring(found.noise_power, 0.4, 0.5) == pytest.approx(
        ring(wanted.noise_power, 0.4, 0.5), abs=0.1
    )


def test_light_is_sharpened_where_it_outshines_noise_and_noise_hardly():
    """A sharper target with the same noise: the signal is fully recovered.

    Unsharpened, amplitudes would lack a factor of 1.9 at the last of these rings; all
    frequencies raised as much would give three times the noise.
    """
    source = somewhere(galaxies(1.6) + white(0.01, seed=8))
    target = somewhere(galaxies(1.0) + white(0.01, seed=9), seed=1)
    observe = mock_observer(*map(measure_look, (source, target)))
    taken = Galaxies(source.index, observe(source.flux, torch.arange(N), draws()))
    found, wanted = measure_look(taken), measure_look(target)
    torch.testing.assert_close(
        transfer(found.rings, wanted.rings)[:, :8], torch.ones(3, 8), atol=0.25, rtol=0
    )
    assert (found.noise.mean(dim=0) < 1.5 * wanted.noise.mean(dim=0)).all()


def with_stars(flux: Tensor, full: float) -> Tensor:
    """A block of saturated pixels in every tenth image."""
    flux = flux.clamp(max=0.9 * full).clone()
    flux[::10, :, 4:8, 4:8] = full
    return flux


def test_full_pixels_are_known_by_many_of_the_same_largest_flux():
    sky = galaxies(1.0) + white(0.01, seed=8)
    assert measure_look(somewhere(sky)).full == float("inf")
    assert measure_look(somewhere(with_stars(sky, 2.0))).full == 2.0


def test_full_pixels_of_a_coadd_are_known_by_many_about_the_largest_flux():
    """Resampling spreads them by some per cent; peaks of stars differ much more."""
    drawn = torch.Generator().manual_seed(5)
    full = with_stars(galaxies(1.0) + white(0.01, seed=8), 50.0)
    spread = 1 - 0.05 * torch.rand(full.shape, generator=drawn)
    coadd = torch.where(full == 50.0, full * spread, full)
    assert measure_look(somewhere(coadd)).full == pytest.approx(45, rel=0.01)
    brightness = (1 - torch.rand(N, 1, 1, 1, generator=drawn)) ** -0.7
    stars = torch.where(full == 50.0, coadd * brightness, full)
    assert measure_look(somewhere(stars)).full == float("inf")


def test_a_full_pixel_may_have_been_given_more_and_never_shows_it(pair):
    source, target = (
        Galaxies(own.index, with_stars(own.flux.float(), 2.0).half()) for own in pair
    )
    looks = [measure_look(own) for own in (source, target)]
    blind = replace(looks[0], full=float("inf"))
    rows = torch.arange(0, N, 10)
    seen, unseen = (
        mock_observer(look, looks[1])(source.flux[rows], rows, draws())
        for look in (looks[0], blind)
    )
    assert seen.max() <= 2.0
    halo = [taken[:, :, 2:4, 4:8].mean() for taken in (seen, unseen)]
    assert halo[0] > 1.2 * halo[1]


def test_what_is_bright_gets_no_dark_ring():
    """The profile of truncated amplitudes rings around its centre."""
    size = SIZE
    k = frequency(size, torch.device("cpu"))[:, : size // 2 + 1]
    sharp = (k < 0.2).float().expand(1, 3, size, size // 2 + 1)
    star = torch.zeros(1, 3, size, size)
    star[:, :, size // 2, size // 2] = 100.0

    def seen(amplitude):
        return torch.fft.irfft2(amplitude * torch.fft.rfft2(star), s=(size, size))

    assert seen(sharp).min() < -0.5
    assert seen(positive(sharp)).min() > -1e-4
    torch.testing.assert_close(seen(positive(sharp)).sum(), star.sum())


def test_a_mock_observation_keeps_the_galaxy_and_its_flux(pair):
    """Row i remains row i: the same galaxy, blurred and scaled."""
    source, _ = pair
    observe = mock_observer(*map(measure_look, pair))
    rows = torch.tensor([7, 3, 250])
    taken = observe(source.flux[rows], rows, draws())
    gain = taken.sum(dim=(2, 3)) / source.flux[rows].float().sum(dim=(2, 3))
    expected = torch.tensor([[0.9, 1.0, 1.1]]).expand(3, -1)
    torch.testing.assert_close(gain, expected, atol=0.06, rtol=0)


def test_each_mock_observation_is_different(pair):
    source, _ = pair
    observe = mock_observer(*map(measure_look, pair))
    rows, drawn = torch.zeros(1, dtype=torch.long), draws()
    first, second = (observe(source.flux[:1], rows, drawn) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(observe(source.flux[:1], rows, draws()), first)


def test_too_few_galaxies_or_none_with_a_place_are_an_error(pair):
    few = Galaxies(pair[0].index[:10], pair[0].flux[:10])
    with pytest.raises(MorphError, match="a survey has 10 galaxies"):
        measure_look(few)
    lost = Galaxies(pair[0].index.assign(ra=np.nan), pair[0].flux)
    with pytest.raises(MorphError, match="have no position"):
        measure_look(lost)


def test_a_survey_on_disk_has_the_look_of_some_of_its_galaxies(pair, monkeypatch):
    held = pair[1]
    disk = Galaxies(held.index, MappedPixels([held.flux.numpy()], held.flux.device))
    expected, found = measure_look(held), measure_look(disk)
    for name in ("noise", "blur", "noise_power", "colour"):
        torch.testing.assert_close(getattr(found, name), getattr(expected, name))
    monkeypatch.setattr(survey_look, "_SOME", N // 2)
    some = measure_look(disk)
    assert some.noise.shape == some.blur.shape == (N, 3)
    assert len(some.rings[0]) == N // 2
    torch.testing.assert_close(
        some.noise.mean(dim=0), expected.noise.mean(dim=0), rtol=0.1, atol=0
    )
    rows = torch.arange(0, N, 7)
    taken = mock_observer(measure_look(pair[0]), some)(
        pair[0].flux[rows], rows, draws()
    )
    assert torch.isfinite(taken).all()


def allocated_at_most(measure: Callable[[], object]) -> int:
    """Largest number of bytes that torch has allocated at a time in ``measure()``."""
    with torch.profiler.profile(profile_memory=True) as profile:
        measure()
    changes = [
        (event.start_ns(), event.nbytes())
        for event in profile.profiler.kineto_results.events()
        if event.name() == "[memory]"
    ]
    return int(np.cumsum([change for _, change in sorted(changes)]).max())


@pytest.mark.parametrize(("kept", "most"), [("memory", 0.5), ("disk", 1.5)])
def test_a_look_takes_at_most_half_as_much_memory_as_the_samples_pixels(
    kept, most, monkeypatch
):
    """Besides these, which only a survey on disk is copied for.

    Chunks are small, compared with the sample, as those of a survey are.
    """
    for module in (in_chunks, survey_look, survey_noise):
        monkeypatch.setattr(module, "CHUNK", 8)
    monkeypatch.setattr(survey_look, "_SOME", 2 * N)
    flux = torch.cat([galaxies(1.5) + white(0.02, seed=3)] * 2).half()
    survey = somewhere(flux)
    if kept == "disk":
        pixels = MappedPixels([flux.numpy()] * 2, flux.device)
        survey = replace(somewhere(torch.cat([flux] * 2)), flux=pixels)
    taken = allocated_at_most(lambda: measure_look(survey)) / flux.nbytes
    assert taken < most


LOOKED_AT = """
import numpy as np, pandas as pd, torch
torch.set_num_threads(1)
from training.pixels.galaxy_images import Galaxies
from training.pixels.on_disk import MappedPixels
from training.survey_differences import in_chunks, look, noise

def peak():
    (line,) = [n for n in open("/proc/self/status") if n.startswith("VmHWM")]
    return 1024 * int(line.split()[1])

for module in (in_chunks, look, noise):
    module.CHUNK = 16  # as small, compared with the sample, as that of a survey
count, size = 4096, 32
rng = np.random.default_rng(0)
axis = np.hypot(*np.mgrid[-16:16, -16:16]).astype(np.float32)
flux = np.empty((count, 3, size, size), np.float16)
for some in np.split(flux, 64):
    noise_ = rng.standard_normal(some.shape, np.float32)
    some[:] = np.exp(-axis / rng.uniform(1.5, 3, (len(some), 3, 1, 1))) + 0.01 * noise_
index = pd.DataFrame({"ra": rng.uniform(0, 9, count), "dec": rng.uniform(0, 9, count)})

def survey(count):
    pixels = MappedPixels([flux[:count]], torch.device("cpu"))
    return Galaxies(index[:count], pixels)

look.measure_look(survey(256))
open("/proc/self/clear_refs", "w").write("5")  # the peak so far is forgotten
before = peak()
look.measure_look(survey(count))
print((peak() - before) / flux.nbytes)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="not Linux")
def test_the_process_of_a_look_grows_by_half_of_the_pixels_besides_their_copy():
    """Also by what it frees and keeps."""
    ran = subprocess.run(
        [sys.executable, "-c", LOOKED_AT],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert 1 < float(ran.stdout) < 1.5


def flawed(flux: Tensor) -> Tensor:
    """A column without data in every third image, infinite pixels in every fifth."""
    flux = flux.clone()
    flux[::3, :, :, 20] = 0
    flux[1::3, :, 30, 5] = torch.nan
    flux[::5, :, 7, 9] = torch.inf
    flux[::5, :, 8, 9] = -torch.inf
    flux[3, 2] = 0  # a band
    return flux


def test_pixels_without_data_do_not_change_a_look(pair):
    target = pair[1]
    seen = [measure_look(own) for own in pair]
    spoilt = replace(target, flux=flawed(target.flux))
    look = measure_look(spoilt)
    torch.testing.assert_close(look.noise, seen[1].noise, rtol=0.1, atol=0)
    torch.testing.assert_close(look.colour, seen[1].colour, rtol=0, atol=0.01)
    torch.testing.assert_close(
        matching(seen[0], look)[:, :8], matching(*seen)[:, :8], rtol=0.03, atol=0
    )
    assert look.full == float("inf")


def test_a_mock_observation_of_an_image_with_gaps_is_finite(pair):
    source, target = pair
    spoilt = replace(source, flux=flawed(source.flux))
    observe = mock_observer(measure_look(spoilt), measure_look(target))
    rows = torch.tensor([0, 3, 4])
    taken = observe(spoilt.flux[rows], rows, draws())
    assert torch.isfinite(taken).all()
    assert (taken[1, 2] == 0).all() and (taken[1, :2] != 0).all()
    # The column that lacks data is that of the other side, not a dark one.
    whole = observe(source.flux[rows], rows, draws())
    assert (taken - whole)[0, :, :, 20].abs().mean() < 0.2 * whole[0].std()


def test_a_band_without_data_is_named():
    flux = galaxies(1.5) + white(0.02, seed=3)
    flux[:, 2] = torch.nan
    with pytest.raises(MorphError, match="the band z has no data in any of 300 images"):
        measure_look(somewhere(flux))


def test_noise_grows_with_the_light_as_in_the_target(pair):
    """Photon noise of the source's stars would be 5 times that of the sky."""
    looks = [measure_look(own) for own in pair]
    gain = 0.04**2 / 2  # at 1 nanomaggy, the variance of the sky
    noisy = replace(looks[1], photon_noise=torch.full((3,), gain))
    flux, rows = pair[0].flux[:1].expand(200, -1, -1, -1), torch.zeros(200).long()
    plain, grown = (
        mock_observer(looks[0], look)(flux, rows, draws()).var(dim=0)
        for look in (looks[1], noisy)
    )
    light = mock_observer(looks[0], looks[1])(flux, rows, draws()).mean(dim=0)
    bright = light > 0.3 * light.amax(dim=(1, 2), keepdim=True)
    extra = (grown - plain)[bright].mean() / light[bright].mean()
    assert extra.item() == pytest.approx(gain, rel=0.3)
