"""Looks of a cutout by plain numbers, and values from outside that are refused."""

import io

import numpy as np
import pytest
from PIL import Image

from morph.errors import MorphError
from morph.images.rendering import ImageStyle, draw, encode_png, style_of
from morph.images.stretch import STRETCHES, colour_picture

FLUX = np.random.default_rng(3).normal(0.02, 0.05, (3, 16, 16))
PIXSCALE = 0.25


def drawn(**look) -> np.ndarray:
    return draw(FLUX, ImageStyle(**look), pixscale_arcsec=PIXSCALE)


def test_the_default_look_is_the_viewers():
    np.testing.assert_array_equal(drawn(), colour_picture(FLUX))
    np.testing.assert_array_equal(drawn(stretch="authors"), colour_picture(FLUX, q=50))


@pytest.mark.parametrize(("band", "scale"), [("g", 6.0), ("r", 3.4), ("z", 2.2)])
@pytest.mark.parametrize("stretch", STRETCHES)
def test_one_band_is_grey_by_the_same_formula(band, scale, stretch):
    place = "grz".index(band)
    picture = drawn(bands=band, stretch=stretch)
    assert picture.shape == (16, 16)
    for row, column in ((0, 0), (5, 9), (15, 15)):
        value = max(0, scale * FLUX[place, row, column] + 0.03)
        q = {"viewer": 20, "authors": 50}.get(stretch)
        bright = value if q is None else np.arcsinh(q * value) / np.sqrt(q)
        assert picture[row, column] == pytest.approx(255 * min(bright, 1), abs=0.51)


def test_linear_colours_are_proportional_to_the_flux():
    flux = np.array([0.05, 0.1, 0.2]).reshape(3, 1, 1)
    look = ImageStyle(stretch="linear")
    red, green, blue = draw(flux, look, pixscale_arcsec=PIXSCALE)[0, 0]
    expected = [255 * (s * f + 0.03) for s, f in ((2.2, 0.2), (3.4, 0.1), (6, 0.05))]
    assert [red, green, blue] == pytest.approx(expected, abs=0.51)


@pytest.mark.parametrize(
    ("field", "side"),
    [(4.0, 16), (2.0, 8), (1.0, 4), (100.0, 16), (0.5, 2), (1.25, 4)],
)
def test_a_smaller_field_is_the_middle_of_the_picture(field, side):
    picture = drawn(field_arcsec=field)
    cut = (16 - side) // 2
    np.testing.assert_array_equal(picture, drawn()[cut : 16 - cut, cut : 16 - cut])


def test_an_odd_cutout_keeps_its_middle_pixel():
    flux = np.zeros((3, 5, 5))
    flux[:, 2, 2] = 1
    for field in (0.01, 0.25, 0.75):
        picture = draw(flux, ImageStyle(field_arcsec=field), pixscale_arcsec=PIXSCALE)
        assert len(picture) % 2 == 1
        assert picture[len(picture) // 2, len(picture) // 2, 2] == 255  # blue


def test_inverted_is_the_negative():
    np.testing.assert_array_equal(drawn(invert=True), 255 - drawn())


def test_png_keeps_every_pixel():
    for picture in (drawn(), drawn(bands="r")):
        found = np.asarray(Image.open(io.BytesIO(encode_png(picture))))
        np.testing.assert_array_equal(found, picture)


@pytest.mark.parametrize(
    "look",
    [
        ImageStyle(),
        ImageStyle("linear", "z", 12.5, True),
        ImageStyle(stretch="authors", invert=True),
    ],
)
def test_a_look_comes_back_from_its_query(look):
    assert style_of(look.parameters()) == look


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"stretch": "log"}, "viewer, authors, linear"),
        ({"bands": "gr"}, "grz, g, r, z"),
        ({"invert": "yes"}, "0, 1"),
        ({"field": "wide"}, "1 to 600 arcsec"),
        ({"field": "nan"}, "1 to 600 arcsec"),
        ({"field": "inf"}, "1 to 600 arcsec"),
        ({"field": "0.2"}, "1 to 600 arcsec"),
    ],
)
def test_a_look_that_does_not_exist_is_refused_with_those_that_do(query, said):
    with pytest.raises(MorphError, match=said):
        style_of(query)
