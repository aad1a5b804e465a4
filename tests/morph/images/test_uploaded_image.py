"""Uploaded pictures: what is read of them, and what of a broken or hostile one."""

import io
import struct
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from morph.errors import MorphError
from morph.images import uploaded_image
from morph.images.decoded_image import central
from morph.images.image_child import decode
from morph.images.stretch import colour_picture
from morph.images.uploaded_image import (
    Encoder,
    Uploaded,
    encoder_of,
    fitted,
    read_picture,
)
from morph.release.details import Details
from morph.release.folder import Manifest

ENCODER = Encoder(run=None, size=32, pixscale_arcsec=0.262)


def galaxy(size: int = 64) -> np.ndarray:
    """(3, S, S) fluxes: a red middle in a bluer disc on empty sky."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    disc = np.exp(-np.hypot(x, y) / 6)
    return np.stack([0.1 * disc, 0.2 * disc, 0.3 * disc])


def as_fits(flux: np.ndarray, **header: float) -> bytes:
    buffer = io.BytesIO()
    part = fits.PrimaryHDU(flux.astype(np.float32))
    part.header.update(header)
    part.writeto(buffer)
    return buffer.getvalue()


def as_png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_fits_cube_keeps_its_fluxes_and_its_scale(tmp_path):
    (tmp_path / "a.fits").write_bytes(as_fits(galaxy(), CD1_1=-0.262 / 3600))
    found = decode(tmp_path / "a.fits")
    np.testing.assert_allclose(found.flux, galaxy(), rtol=1e-6)
    assert found.pixscale_arcsec == pytest.approx(0.262)


def test_a_png_goes_through_the_child_process():
    found = read_picture(as_png(colour_picture(galaxy())), "galaxy.png")
    np.testing.assert_allclose(found.flux, galaxy(), atol=0.004)
    assert found.pixscale_arcsec is None


def test_few_blank_pixels_are_filled_and_many_are_refused(tmp_path):
    flux = galaxy()
    flux[:, :4] = np.nan
    (tmp_path / "few.fits").write_bytes(as_fits(flux))
    assert np.isfinite(decode(tmp_path / "few.fits").flux).all()
    flux[:, :40] = np.nan
    (tmp_path / "many.fits").write_bytes(as_fits(flux))
    with pytest.raises(MorphError, match="62% of its pixels"):
        decode(tmp_path / "many.fits")


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of some bytes whose header promises any number of pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


FITS_THAT_CLAIMS = b"".join(
    f"{card:<80}".encode()
    for card in (
        "SIMPLE  =                    T",
        "BITPIX  =                  -64",
        "NAXIS   =                    3",
        "NAXIS1  =              4000000",
        "NAXIS2  =              4000000",
        "NAXIS3  =                    3",
        "END",
    )
).ljust(2880)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not a picture at all", "not a JPEG, PNG, TIFF or FITS"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG, PNG, TIFF or FITS"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 400, "broken PNG"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 400, "broken JPEG"),
        (png_that_claims(60, 60), "broken PNG"),
        (as_png(np.zeros((64, 64, 3), np.uint8))[:60], "broken PNG"),
        (b"SIMPLE  = T", "broken FITS|no image of one or more bands"),
        (png_that_claims(60_000, 60_000), "4,096 pixels per side"),
        (png_that_claims(5_000, 20), "4,096 pixels per side"),
        (FITS_THAT_CLAIMS, "4,096 pixels per side|broken FITS"),
        (as_fits(np.zeros((64, 64))), "are empty"),
        (as_fits(np.zeros(64)), "no image of one or more bands"),
        (as_png(np.full((64, 64, 3), 90, np.uint8)), "the same value"),
        (b"II*\0" + b"\0" * 400, "broken TIFF"),
        (as_png(np.zeros((8, 8, 3), np.uint8)), "16 are needed"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(tmp_path, data, says):
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(MorphError, match=says):
        decode(tmp_path / "file")


def test_the_reason_comes_back_from_the_child_with_the_files_name():
    with pytest.raises(MorphError, match=r"^bad\.png cannot be used: it is not a JPEG"):
        read_picture(b"nothing", "bad.png\n")


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "is empty"), (b"\0" * 5_000_001, "at most 5 MB")]
)
def test_an_empty_and_a_large_file_are_refused_at_once(data, says):
    with pytest.raises(MorphError, match=says):
        read_picture(data, "x.jpg")


def test_the_middle_of_a_larger_picture_is_taken():
    flux = np.zeros((3, 64, 64), dtype=np.float32)
    flux[:, 16:48, 16:48] = np.arange(32)
    found = fitted(Uploaded(flux, None), ENCODER, 0.262)
    np.testing.assert_array_equal(found, flux[:, 16:48, 16:48])


def test_a_model_that_crops_images_of_any_scale_sees_the_middle():
    flux = np.zeros((3, 64, 80), dtype=np.float32)
    flux[:, 16:48, 24:56] = np.arange(32)
    encoder = replace(ENCODER, pixscale_arcsec=None, part=0.5)
    found = fitted(Uploaded(flux, None), encoder, 0.262)
    np.testing.assert_array_equal(found, flux[:, 16:48, 24:56])


def middle(flux):
    """x and y of the light's centre, from the middle of a (3, H, W) image."""
    shape = np.array(flux.shape[1:])
    y, x = np.indices(shape) - (shape[:, None, None] - 1) / 2
    return [float((axis * flux[0]).sum() / flux[0].sum()) for axis in (x, y)]


@pytest.mark.parametrize(
    ("width", "height"), [(64, 64), (67, 64), (64, 67), (65, 64), (63, 80), (63, 63)]
)
def test_a_galaxy_in_the_middle_stays_there(width, height):
    """Also where the middle of the picture is between two of its pixels."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot(x - (width - 1) / 2, y - (height - 1) / 2)
    flux = np.repeat(np.exp(-np.square(away / 3))[None], 3, axis=0)
    scales = replace(ENCODER, pixscale_arcsec=None)
    side = min(width, height)
    for found in (
        fitted(Uploaded(flux, None), ENCODER, 0.262),
        fitted(Uploaded(flux, None), ENCODER, 0.2),
        fitted(Uploaded(flux, None), scales, 1.0),
        fitted(Uploaded(flux, None), replace(scales, part=0.7), 1.0),
        central(flux, side),
    ):
        assert middle(found) == pytest.approx([0, 0], abs=0.01)
    assert central(flux, side).sum() == pytest.approx(flux.sum(), rel=1e-3)


def test_an_odd_difference_shifts_by_half_a_pixel():
    """Of 19 columns with the values 0 to 18, the middle 16 begin at 1.5."""
    flux = np.broadcast_to(np.arange(19.0), (3, 16, 19))
    found = central(flux, 16)
    expected = np.broadcast_to(np.arange(16) + 1.5, (3, 16, 16))
    # The filter reaches over three pixels; the columns beside the edge lack some.
    np.testing.assert_allclose(found[..., 2:-2], expected[..., 2:-2], atol=1e-4)
    np.testing.assert_array_equal(central(flux[..., :18], 16), flux[..., 1:17])


def test_another_scale_is_brought_to_the_models():
    fine = np.kron(galaxy(64), np.ones((2, 2)))  # the same sky with twice the pixels
    found = fitted(Uploaded(fine, None), ENCODER, 0.131)
    np.testing.assert_allclose(found, galaxy(64)[:, 16:48, 16:48], atol=0.01)


def test_a_smaller_picture_gets_empty_sky_around_it():
    found = fitted(Uploaded(np.ones((3, 20, 20)), None), ENCODER, 0.262)
    assert found.shape == (3, 32, 32)
    assert found[0, 0, 0] == 0 and found[0, 16, 16] == 1 and found.sum() == 3 * 400


@pytest.mark.parametrize(("scale", "says"), [(0.05, "covers 1.0"), (99, "far wider")])
def test_a_picture_that_does_not_fit_the_field_is_refused(scale, says):
    with pytest.raises(MorphError, match=says):
        fitted(Uploaded(np.ones((3, 20, 20)), None), ENCODER, scale)


@pytest.mark.parametrize("file", ["config.json", "checkpoints/model.json"])
@pytest.mark.parametrize("text", ["{", "[1]", '{"size": null}', '{"size": 3}'])
def test_a_model_whose_files_are_broken_says_so(tmp_path, file, text):
    folder = tmp_path / "runs" / "run-1"
    (folder / "checkpoints").mkdir(parents=True)
    card = '{"size": 32, "pixscale_arcsec": 0.262}'
    (folder / "checkpoints" / "model.json").write_text(card)
    manifest = Manifest("mine", "real", "bmz", "T", "N", "C", parent_run="run-1")
    assert encoder_of(tmp_path, manifest) == Encoder(folder, 32, 0.262)
    (folder / file).write_text(text)
    if file == "config.json" and "size" in text:
        assert encoder_of(tmp_path, manifest).size == 32
        return
    with pytest.raises(MorphError, match=f"{file} cannot be read"):
        encoder_of(tmp_path, manifest)


@pytest.mark.parametrize("data", [None, b"", b"PK\x03\x04", b"nonsense"])
def test_a_picture_that_a_child_wrote_by_half_is_told(monkeypatch, data):
    def broken_off(command, *, limit_s):
        if data is not None:
            Path(command[2]).write_bytes(data)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(uploaded_image.sandbox, "run", broken_off)
    with pytest.raises(MorphError, match=r"^x\.jpg could not be read"):
        read_picture(b"\xff\xd8\xff", "x.jpg")


def test_a_release_without_its_model_says_so(tmp_path):
    manifest = Manifest("published", "real", "bmz", "T", "N", "C")
    with pytest.raises(MorphError, match="is not available"):
        encoder_of(tmp_path, manifest)
    gone = Manifest("mine", "real", "bmz", "T", "N", "C", parent_run="run-1")
    with pytest.raises(MorphError, match="no longer exists"):
        encoder_of(tmp_path, gone)


@pytest.mark.parametrize(
    "run", [None, 5, True, 1.5, ["run-1"], {"run": "run-1"}, "", "../run-1", "gone"]
)
def test_an_odd_run_of_attached_features_is_a_sentence(tmp_path, run):
    attached = Details(features={"run": run, "model": "m"})
    manifest = Manifest("mine", "real", "bmz", "T", "N", "C", details=attached)
    with pytest.raises(MorphError, match=r"not avail|cannot be the|no longer"):
        encoder_of(tmp_path, manifest)


@pytest.mark.parametrize("named", ["5", "[1]", '{"a": 1}', "true", '"../up"'])
def test_an_odd_model_of_a_run_is_a_sentence(tmp_path, named):
    folder = tmp_path / "runs" / "run-1"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(f'{{"model_run": {named}}}')
    manifest = Manifest("mine", "real", "bmz", "T", "N", "C", parent_run="run-1")
    with pytest.raises(MorphError, match=r"no longer exists|cannot be the name"):
        encoder_of(tmp_path, manifest)


@pytest.mark.parametrize("size", ["1e400", "null", '"many"', "[32]"])
def test_an_odd_size_of_a_model_is_a_sentence(tmp_path, size):
    folder = tmp_path / "runs" / "run-1" / "checkpoints"
    folder.mkdir(parents=True)
    card = f'{{"size": {size}, "pixscale_arcsec": 0.262}}'
    (folder / "model.json").write_text(card)
    manifest = Manifest("mine", "real", "bmz", "T", "N", "C", parent_run="run-1")
    with pytest.raises(MorphError, match=r"model\.json cannot be read"):
        encoder_of(tmp_path, manifest)
