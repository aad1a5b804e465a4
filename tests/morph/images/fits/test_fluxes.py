"""Bands, scales, units and blank pixels of uploaded FITS images."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from morph.errors import MorphError
from morph.images.image_child import decode
from morph.images.stretch import SCALES

y, x = np.mgrid[:64, :64] - 31.5
DISC = 0.1 * np.exp(-np.hypot(x, y) / 8)
FLUX = {"g": DISC, "r": 2 * DISC, "i": 2.5 * DISC, "z": 3 * DISC}
GRZ = np.stack([FLUX[band] for band in "grz"])
STEP = 0.262 / 3600


def square(step: float, unit: str) -> dict:
    """Cards of square pixels."""
    return {"CDELT1": -step, "CDELT2": step, "CUNIT1": unit, "CUNIT2": unit}


@pytest.fixture
def read(tmp_path):
    """Decode a file of these HDUs; what was told comes as one text."""

    def decoded(*parts, **header):
        hdus = [
            p if isinstance(p, fits.PrimaryHDU) else fits.PrimaryHDU()
            for p in parts[:1]
        ]
        hdus += [p for p in parts if not isinstance(p, fits.PrimaryHDU)]
        hdus[0].header.update(header)
        fits.HDUList(hdus).writeto(tmp_path / "a.fits", overwrite=True)
        found = decode(tmp_path / "a.fits")
        return found.flux, found.pixscale_arcsec, " ".join(found.notices)

    return decoded


def cube(bands: str, **header) -> fits.PrimaryHDU:
    planes = [FLUX.get(band, -DISC) for band in bands]
    part = fits.PrimaryHDU(np.stack(planes).astype(np.float32))
    part.header.update(header)
    return part


def one_band(band: str, **header) -> fits.ImageHDU:
    part = fits.ImageHDU(FLUX[band].astype(np.float32))
    part.header.update(header)
    return part


def named(how: str, bands: str) -> dict[str, str]:
    """Cards that name the bands of a cube: all in one, or one each from a number."""
    if how == "listed":
        return {"BANDS": ",".join(bands).upper()}
    if how[-1] not in "01":
        return {how: bands}
    return {
        f"{how[:-1]}{int(how[-1]) + place}": f"{band} DECam SDSS c0001 4720.0 1520.0"
        for place, band in enumerate(bands)
    }


@pytest.mark.parametrize("bands", ["grz", "zrg", "griz", "rzg", "ugrizy"])
@pytest.mark.parametrize(
    "how", ["BANDS", "listed", "FILTER", "BAND0", "BAND1", "FILTER0"]
)
def test_planes_are_put_in_order_by_the_bands_of_the_header(read, bands, how):
    flux, _, told = read(cube(bands, **named(how, bands)))
    np.testing.assert_allclose(flux, GRZ, rtol=1e-6)
    assert ("were taken from the planes" in told) == (bands != "grz")


def test_bands_may_be_in_the_primary_header_and_the_cube_compressed(read):
    packed = fits.CompImageHDU(np.array(cube("zrg").data))
    flux, _, told = read(packed, BANDS="zrg")
    np.testing.assert_allclose(flux, GRZ, atol=1e-3)
    assert "z, r, g" in told


@pytest.mark.parametrize(
    ("bands", "taken"), [("grz", "g, r, z"), ("griz", "g, r, i, z")]
)
def test_planes_without_names_are_taken_in_the_usual_order_and_told(read, bands, taken):
    flux, _, told = read(cube(bands))
    np.testing.assert_allclose(flux, GRZ, rtol=1e-6)
    assert f"names no bands; the planes were taken as {taken}" in told


@pytest.mark.parametrize("band", ["FILTER", "BAND", "EXTNAME"])
def test_each_band_may_have_its_own_hdu(read, band):
    parts = [one_band(one, **{band: f"DECam-{one}"}) for one in "zirg"]
    weight = fits.ImageHDU(np.ones((64, 64), np.float32), name="INVVAR")
    flux, _, told = read(*parts, weight)
    np.testing.assert_allclose(flux, GRZ, rtol=1e-6)
    assert "Images of the bands z, i, r, g were used" in told


def test_axes_of_length_1_do_not_count(read):
    four = fits.PrimaryHDU(GRZ[None].astype(np.float32))
    np.testing.assert_allclose(read(four, BANDS="grz")[0], GRZ, rtol=1e-6)
    four = fits.PrimaryHDU(GRZ[:, None].astype(np.float32))
    np.testing.assert_allclose(read(four, BANDS="grz")[0], GRZ, rtol=1e-6)


@pytest.mark.parametrize(("filter", "band"), [("", "r"), ("F606W", "r"), ("z", "z")])
def test_one_band_is_a_galaxy_of_neutral_colour(read, filter, band):
    part = fits.PrimaryHDU(FLUX["r"].astype(np.float32))
    flux, _, told = read(part, **({"FILTER": filter} if filter else {}))
    place = "grz".index(band)
    np.testing.assert_allclose(flux[place], FLUX["r"], rtol=1e-6)
    bright = flux * np.array(SCALES)[:, None, None]
    np.testing.assert_allclose(bright, np.stack([bright[1]] * 3), rtol=1e-6)
    assert "the colours are not real" in told
    assert ("was taken as r" in told) == (filter != "z")


@pytest.mark.parametrize("card", ["FILTER", "BANDS", "BAND0"])
@pytest.mark.parametrize("alone", [True, False])
def test_the_band_of_a_single_image_may_be_in_the_primary_header(read, card, alone):
    plane = FLUX["z"][None].astype(np.float32)
    part = fits.PrimaryHDU(plane) if alone else fits.ImageHDU(plane, name="SCI")
    flux, _, told = read(part, **{card: "z"})
    np.testing.assert_allclose(flux[2], FLUX["z"], rtol=1e-6)
    assert "Bands g, r are missing; estimated from z" in told


@pytest.mark.parametrize("value", [0, np.nan])
def test_an_empty_band_is_estimated_from_its_neighbour_and_told(read, value):
    part = cube("grz", BANDS="grz")
    part.data[2] = value
    flux, _, told = read(part)
    np.testing.assert_allclose(flux[:2], GRZ[:2], rtol=1e-6)
    np.testing.assert_allclose(flux[2], GRZ[1] * SCALES[1] / SCALES[2], rtol=1e-6)
    assert "Band z is empty; estimated from r" in told


def test_a_missing_z_is_estimated_from_i_and_told(read):
    flux, _, told = read(cube("gri", BANDS="gri"))
    np.testing.assert_allclose(flux[:2], GRZ[:2], rtol=1e-6)
    assert flux[2].max() > flux[1].max()
    assert "Band z is missing; estimated from i" in told


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([cube("abc", BANDS="uyy")], "bands are u, y, y; expected g, r and z"),
        ([cube("abc", BAND0="F1", BAND1="F2", BAND2="F3")], "bands are F1, F2, F3"),
        ([cube("grr", BANDS="grr")], "the band r twice"),
        ([cube("grz", BANDS="griz")], "names the bands griz of 3 planes"),
        ([cube("grz", BANDS="grz", BAND0="z", BAND1="r", BAND2="g")], "and z, r, g"),
        ([cube("grz", FILTER="r")], "names the bands r of 3 planes"),
        ([cube("gr")], "2 planes and its header names no bands"),
        ([cube("g" * 20)], "20 planes; expected"),
        ([fits.PrimaryHDU(np.ones((2, 3, 64, 64)))], r"are: \(2, 3, 64, 64\)"),
        (
            [fits.PrimaryHDU(np.ones((3, 64, 64), np.uint8))],
            "8-bit colours, not fluxes",
        ),
        ([one_band("g"), one_band("r")], "do not name g, r or z"),
        (
            [one_band("g", FILTER="g"), fits.ImageHDU(np.ones((32, 32)), name="r")],
            "different shapes",
        ),
    ],
)
def test_bands_that_are_not_clear_are_refused(read, parts, says):
    with pytest.raises(MorphError, match=says):
        read(*parts)


@pytest.mark.parametrize(
    ("cards", "scale"),
    [
        ({"CD1_1": -STEP, "CD2_2": STEP}, 0.262),
        ({"CD1_1": -STEP / 2, "CD1_2": STEP * 0.75**0.5}
         | {"CD2_1": STEP * 0.75**0.5, "CD2_2": STEP / 2}, 0.262),
        ({"CD1_2": STEP, "CD2_1": STEP}, 0.262),
        ({"CDELT1": -STEP, "CDELT2": STEP}, 0.262),
        ({"CDELT1": -STEP, "CDELT2": STEP, "CROTA2": 30.0}, 0.262),
        ({"CDELT1": -1.0, "CDELT2": 1.0, "PC1_1": STEP / 2, "PC2_2": STEP / 2}, 0.131),
        ({"CDELT1": -STEP, "CDELT2": STEP, "PC1_1": 0.6, "PC1_2": -0.8}
         | {"PC2_1": 0.8, "PC2_2": 0.6}, 0.262),
        (square(0.262, "arcsec"), 0.262),
        (square(0.01, "arcmin"), 0.6),
        (square(STEP, "DEGREES"), 0.262),
        (square(1e-6, "rad"), 0.2062648),
        ({"CDELT1": -STEP}, 0.262),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["RA---TAN", "GLON-CAR", "RA---TAN-SIP", None])
def test_the_pixel_scale_is_that_of_the_whole_matrix(read, cards, scale, kind):
    header = {"CTYPE1": kind, "CTYPE2": kind.replace("RA--", "DEC-")} if kind else {}
    _, found, told = read(cube("grz"), **cards, **header)
    assert found == pytest.approx(scale, rel=1e-5)
    assert "pixel scale" not in told


@pytest.mark.parametrize(
    "cards",
    [
        {},
        {"CDELT1": 0.0, "CDELT2": 0.0},
        {"CDELT1": "a", "CDELT2": "b"},
        {"CD1_1": 1.0, "CD2_2": 1.0},
        square(1.0, "m"),
    ],
)
def test_a_scale_that_is_not_given_is_told(read, cards):
    _, found, told = read(cube("grz"), **cards)
    assert found is None
    assert "pixel scale" in told


def test_pixels_that_are_not_square_are_refused(read):
    with pytest.raises(MorphError, match=r"0\.262 × 0\.524 arcsec; expected square"):
        read(cube("grz"), CDELT1=-STEP, CDELT2=2 * STEP)


def test_bands_of_different_scales_are_refused(read):
    parts = [one_band(b, FILTER=b, CDELT1=STEP * (1 + (b == "z"))) for b in "grz"]
    with pytest.raises(MorphError, match="expected the same"):
        read(*parts)


def test_a_saturated_core_is_filled_from_its_neighbours(read):
    part = cube("grz")
    part.data[:, 29:35, 29:35] = np.nan
    part.data[1, 3, 3] = np.inf
    flux, _, told = read(part)
    hole = np.zeros((64, 64), bool)
    hole[29:35, 29:35] = True
    around = np.hypot(x, y)
    rim = GRZ[:, (around > 4) & (around < 5)].mean(axis=1)
    assert (flux[:, 31, 31] > 0.8 * rim).all()
    assert (flux[:, hole] < GRZ.max(axis=(1, 2))[:, None] + 1e-6).all()
    assert flux[1, 60, 3] == pytest.approx(GRZ[1, 60, 3], rel=0.1)  # the highest first
    same = ~hole
    same[60, 3] = False
    np.testing.assert_allclose(flux[:, same], GRZ[:, same], rtol=1e-6)
    assert "37 blank pixels were filled" in told


def test_blank_integers_are_filled(read, tmp_path):
    counts = np.round(GRZ * 1e5).astype(np.int32)
    part = fits.PrimaryHDU(counts)
    part.header["BSCALE"] = 1e-5
    part.data = counts
    part.header["BLANK"] = -99
    part.data[:, 10, 10] = -99
    part.writeto(tmp_path / "raw.fits")
    with fits.open(
        tmp_path / "raw.fits", mode="update", do_not_scale_image_data=True
    ) as f:
        f[0].header["BSCALE"] = 1e-5
    found = decode(tmp_path / "raw.fits")
    assert "1 blank pixels" in " ".join(found.notices)
    np.testing.assert_allclose(
        found.flux[:, 10, 10], GRZ[:, 10, 10], rtol=0.1, atol=1e-5
    )


def test_a_band_that_is_mostly_blank_is_refused(read):
    part = cube("grz")
    part.data[2, :20] = np.nan
    with pytest.raises(MorphError, match="31% of its pixels are blank"):
        read(part)


def test_fluxes_that_are_far_too_bright_are_told(read):
    part = cube("grz")
    part.data += 500
    assert "far too bright" in read(part)[2]


def test_a_blank_middle_is_refused(read):
    part = cube("grz")
    part.data[:, 22:42, 22:42] = np.nan
    with pytest.raises(MorphError, match="pixels in its centre are blank"):
        read(part)


@pytest.mark.parametrize(
    ("unit", "factor", "says"),
    [
        ("nanomaggy", 1, ""),
        ("nanomaggies", 1, ""),
        ("Jy", 1e9 / 3631, "converted from Jy"),
        ("uJy", 1e3 / 3631, "converted from uJy"),
        ("adu", 1, "are in adu, not in nanomaggies"),
        ("odd [x](y)", 1, "not in nanomaggies"),
    ],
)
def test_units_of_flux_are_converted_or_told(read, unit, factor, says):
    flux, _, told = read(cube("grz"), BUNIT=unit)
    np.testing.assert_allclose(flux, GRZ * factor, rtol=1e-6)
    assert says in told and bool(says) == ("nanomaggies" in told)


def extension(name: str, pixels: np.ndarray, **header) -> fits.ImageHDU:
    part = fits.ImageHDU(pixels, name=name)
    part.header.update(header)
    return part


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [("MASK", 0, 1), ("DQ", 0, 4096), ("BPM", 0, 1), ("IVAR", 9, 0), ("WEIGHT", 1, -1)],
)
def test_masked_pixels_are_missing(read, name, good, bad):
    part, pixels = cube("grz"), np.full((64, 64), good, np.int32)
    part.data[:, 30, 5:9] = 1000  # a satellite
    pixels[30, 5:9] = bad
    flux, _, told = read(part, extension(name, pixels))
    np.testing.assert_allclose(flux[:, 30, 5:9], GRZ[:, 30, 5:9], rtol=0.2)
    assert f"4 pixels are masked by {name}" in told
    assert "4 blank pixels were filled" in told


def test_a_mask_with_a_plane_per_band_or_of_one_band_is_of_that_band(read):
    part, pixels = cube("zrg"), np.zeros((3, 64, 64), np.int32)
    part.data[0, 9, 9] = 1000
    pixels[0, 9, 9] = 1  # of z
    for mask in (extension("MASK", pixels), extension("MASK_Z", pixels[0])):
        flux, _, _ = read(part, mask, BANDS="zrg")
        assert flux[2, 9, 9] == pytest.approx(GRZ[2, 9, 9], rel=0.1)
        np.testing.assert_allclose(flux[:2], GRZ[:2], rtol=1e-6)


def test_masks_of_bands_in_their_order_are_used_for_one_band_each(read):
    parts = []
    for band in "grz":
        pixels = np.zeros((64, 64), np.int16)
        pixels[8, 8] = band == "r"
        parts += [one_band(band, EXTNAME="SCI", FILTER=band), extension("DQ", pixels)]
    parts[2].data[8, 8] = 1000
    flux, _, told = read(*parts)
    assert flux[1, 8, 8] == pytest.approx(GRZ[1, 8, 8], rel=0.1)
    np.testing.assert_allclose(flux[[0, 2]], GRZ[[0, 2]], rtol=1e-6)
    assert "Images of the bands g, r, z were used" in told


def test_a_mask_of_most_pixels_or_of_another_shape_is_told_and_not_used(read):
    most = extension("MASK", np.ones((64, 64), np.int16))
    flux, _, told = read(cube("grz"), most, extension("DQ", most.data[:32]))
    np.testing.assert_allclose(flux, GRZ, rtol=1e-6)
    assert "MASK excludes 100% of the pixels, so it was not used" in told
    assert "DQ does not match the bands, so it was not used" in told


def test_bands_may_be_the_last_axis(read):
    last = fits.PrimaryHDU(np.moveaxis(GRZ, 0, -1).astype(np.float32))
    np.testing.assert_allclose(read(last, BANDS="grz")[0], GRZ, rtol=1e-6)


def test_fluxes_that_stand_for_missing_ones_are_blank(read):
    part = cube("grz")
    part.data[:, 10, 10] = -999
    flux, _, told = read(part)
    np.testing.assert_allclose(flux[:, 10, 10], GRZ[:, 10, 10], rtol=0.1)
    assert "1 blank pixels were filled" in told


def test_the_scale_may_be_written_without_coordinates(read):
    assert read(cube("grz"), PIXSCALE=0.4)[1] == 0.4


def test_a_file_may_be_packed_by_gzip(tmp_path):
    cube("grz").writeto(tmp_path / "a.fits.gz")
    np.testing.assert_allclose(decode(tmp_path / "a.fits.gz").flux, GRZ, rtol=1e-6)


def test_a_bomb_of_gzip_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.fits.gz"
    path.write_bytes(gzip.compress(bytes(10_000_000)) * 120)
    with pytest.raises(MorphError, match="unpacks to over 100 MB"):
        decode(path)


@pytest.mark.parametrize(
    "content", [b"", b"SIMPLE", gzip.compress(b"SIMPLE  =", mtime=0)]
)
def test_a_broken_file_in_gzip_is_refused(tmp_path, content):
    path = tmp_path / "a.fits.gz"
    for packed in (gzip.compress(content), gzip.compress(content)[:-9]):
        path.write_bytes(packed)
        with pytest.raises(MorphError, match="broken FITS file"):
            decode(path)
