"""The demonstration's light against GalSim: fluxes, profiles, widths."""

import galsim
import numpy as np
import pytest
import torch

from data.simulation import profiles as light
from data.simulation.observe import (
    BMZ,
    DECALS,
    MOFFAT_BETA,
    WING_BETA,
    WING_FWHM_ARCSEC,
    Fields,
    MockSurvey,
    observe,
    responses,
    spectrum,
)
from data.simulation.scene import CELL_AREA, grid
from morph.images.store_manifest import PIXSCALE_ARCSEC

SIZE = 64
SKY = grid(SIZE)


def parameter(value: float) -> torch.Tensor:
    return torch.full((1, 1, 1), value)


def seen_by(survey: MockSurvey, brightness: torch.Tensor) -> np.ndarray:
    """(3, S, S) of r-band light (1, N, N) per square arcsec in every band."""
    medians = Fields(np.array([survey.fwhm_arcsec]), np.ones((1, 3)), np.zeros((1, 3)))
    scene = (brightness * CELL_AREA)[:, None].expand(-1, 3, -1, -1)
    sky = spectrum(scene, SIZE)
    response = responses(survey, medians, SIZE)
    return observe(sky, DECALS, response, SIZE)[0].numpy()


def galsim_psf(survey: MockSurvey, band: int) -> galsim.GSObject:
    core = galsim.Moffat(beta=MOFFAT_BETA, fwhm=survey.fwhm_arcsec[band])
    wings = galsim.Moffat(beta=WING_BETA, fwhm=WING_FWHM_ARCSEC)
    share = survey.wing_share[band]
    return core * (1 - share) + wings * share if share else core


def drawn(profile: galsim.GSObject) -> np.ndarray:
    image = profile.drawImage(
        nx=SIZE, ny=SIZE, scale=PIXSCALE_ARCSEC, method="no_pixel", dtype=float
    )
    return image.array


def turned_ellipse(q: float, angle: float) -> tuple[torch.Tensor, torch.Tensor]:
    cos, sin = np.cos(angle), np.sin(angle)
    u, w = cos * SKY.x + sin * SKY.y, cos * SKY.y - sin * SKY.x
    return light.radius(u, w / q)[None], u[None]


@pytest.mark.parametrize("survey", [DECALS, BMZ], ids=lambda s: s.name)
@pytest.mark.parametrize("index", [0.6, 2.5, 4.0])
@pytest.mark.parametrize("q", [1.0, 0.4])
def test_a_sersic_galaxy_is_what_galsim_draws(survey, index, q):
    angle = 0.6
    r, _ = turned_ellipse(q, angle)
    half_light = 1.5 / np.sqrt(q)
    ours = seen_by(
        survey,
        light.sersic(r, parameter(half_light), parameter(index), parameter(q)),
    )
    shape = galsim.Shear(q=q, beta=angle * galsim.radians)
    galaxy = galsim.Sersic(n=index, half_light_radius=1.5).shear(shape)
    for band in range(3):
        theirs = drawn(galsim.Convolve(galaxy, galsim_psf(survey, band)))
        assert ours[band].sum() == pytest.approx(theirs.sum(), rel=0.01)
        assert np.abs(ours[band] - theirs).max() < 0.02 * theirs.max()


def test_an_inclined_disc_is_what_galsim_draws():
    q, scale = 0.5, 1.2
    r, _ = turned_ellipse(q, 0.0)
    ours = seen_by(DECALS, light.exponential(r, parameter(scale), parameter(q)))[1]
    disc = galsim.Exponential(scale_radius=scale * np.sqrt(q)).shear(
        galsim.Shear(q=q, beta=0 * galsim.degrees)
    )
    theirs = drawn(galsim.Convolve(disc, galsim_psf(DECALS, 1)))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.01)
    assert np.abs(ours - theirs).max() < 0.02 * theirs.max()


def test_an_edge_on_disc_is_what_galsim_draws():
    scale, height = 1.3, 0.25
    ours = seen_by(
        DECALS,
        light.edge_on_disc(
            SKY.x[None], SKY.y[None], parameter(scale), parameter(height)
        ),
    )[1]
    disc = galsim.InclinedExponential(
        90 * galsim.degrees, scale_radius=scale, scale_height=height
    )
    theirs = drawn(galsim.Convolve(disc, galsim_psf(DECALS, 1)))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=0.01)
    assert np.abs(ours - theirs).max() < 0.02 * theirs.max()


@pytest.mark.parametrize("survey", [DECALS, BMZ], ids=lambda s: s.name)
def test_a_star_is_as_wide_as_the_survey_says(survey):
    cells = SKY.x.shape[0]
    middle = cells // 2
    star = torch.zeros(1, cells, cells)
    star[0, middle, middle] = 1 / CELL_AREA
    ours = seen_by(survey, star)
    offset = galsim.PositionD(0.25, 0.25)  # the cell right of and above the centre
    for band in range(3):
        theirs = galsim_psf(survey, band).drawImage(
            nx=SIZE,
            ny=SIZE,
            scale=PIXSCALE_ARCSEC,
            method="no_pixel",
            offset=offset,
            dtype=float,
        )
        image = galsim.Image(ours[band].astype(float), scale=PIXSCALE_ARCSEC)
        width = image.calculateFWHM(center=image.true_center + offset)
        expected = theirs.calculateFWHM(center=theirs.true_center + offset)
        assert width == pytest.approx(expected, rel=0.02)
        assert ours[band].sum() == pytest.approx(theirs.array.sum(), rel=0.01)
        core = survey.fwhm_arcsec[band]
        assert width == pytest.approx(core, rel=0.06)  # wings widen the whole a little


def test_a_bar_and_a_ring_have_unit_flux():
    q = parameter(0.7)
    u, w = SKY.x[None], SKY.y[None] / q
    bar = light.bar(u, w, parameter(2.5), parameter(0.5), q)
    ring = light.ring(light.radius(u, w), parameter(3.0), parameter(0.4), q)
    for shape in (bar, ring):
        assert float(shape.sum()) * CELL_AREA == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("power", [2.0, 3.0, 5.5])
def test_a_superellipse_covers_the_area_it_says(power):
    inside = light.superellipse_radius(SKY.x[None], SKY.y[None], parameter(power)) < 4
    area = float(inside.sum()) * CELL_AREA / (np.pi * 4**2)
    assert float(light.superellipse_area(parameter(power))) == pytest.approx(
        area, rel=0.01
    )


def test_a_box_is_fuller_than_a_circle():
    assert float(light.superellipse_area(parameter(2.0))) == pytest.approx(1)
    assert float(light.superellipse_area(parameter(60.0))) == pytest.approx(
        4 / np.pi, rel=0.01
    )


def test_a_tail_leaves_the_galaxy_and_adds_up_to_its_flux():
    shape = light.tail(
        SKY.x,
        SKY.y,
        start=parameter(3.0),
        angle=parameter(0.0),
        hand=parameter(1.0),
    )
    r = light.radius(SKY.x, SKY.y)
    assert float(shape.sum()) == pytest.approx(1, rel=1e-4)
    assert float((shape * (r > 2)).sum()) > 0.9
