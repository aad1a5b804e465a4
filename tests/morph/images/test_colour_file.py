"""Colours of pictures of every depth, palette and transparency."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from morph.errors import MorphError
from morph.images.decoded_image import SIDES
from morph.images.image_child import decode
from morph.images.stretch import colour_picture
from morph.images.uploaded_image import read_picture

y, x = np.mgrid[:64, :64] - 31.5
GREY = (32 + 200 * np.exp(-np.hypot(x, y) / 8)).astype(np.uint8)
COLOURS = np.stack([GREY, GREY // 2 + 16, GREY // 3 + 21], axis=2)
OUTSIDE = np.hypot(x, y) > 20
SKY = 32  # the grey of flux 0


@pytest.fixture
def seen(tmp_path):
    """The picture that the model would see of a file, and what was told of it."""

    def see(data: bytes | Image.Image, kind: str = "PNG", **options):
        path = tmp_path / "picture"
        if isinstance(data, Image.Image):
            data.save(path, kind, **options)
        else:
            path.write_bytes(data)
        found = decode(path)
        return colour_picture(found.flux), " ".join(found.notices)

    return see


def png(depth: int, colour: int, rows: list[bytes], **chunks: bytes) -> bytes:
    """A PNG of these rows, as Pillow cannot write all depths."""
    side = len(rows)
    head = struct.pack(">IIBBBBB", side, side, depth, colour, 0, 0, 0)
    parts = {"IHDR": head, **chunks}
    parts["IDAT"] = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts["IEND"] = b""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + name.encode()
        + data
        + struct.pack(">I", zlib.crc32(name.encode() + data))
        for name, data in parts.items()
    )


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_by_its_depth(seen, kind):
    deep = Image.fromarray(GREY.astype(np.uint16) * 257)
    found, told = seen(deep, kind)
    np.testing.assert_allclose(found, np.repeat(GREY[..., None], 3, 2), atol=1)
    assert "16-bit grey" in told and "The image is grey" in told


def test_16_bit_tiff_whose_least_value_is_white(seen):
    deep = Image.fromarray(65535 - GREY.astype(np.uint16) * 257)
    found, _ = seen(deep, "TIFF", tiffinfo={262: 0})
    np.testing.assert_allclose(found[..., 0], GREY, atol=1)


@pytest.mark.parametrize("alpha", [False, True])
def test_16_bit_colours_are_scaled_by_their_depth(seen, alpha):
    deep = COLOURS.astype(np.uint16) * 257
    if alpha:
        opaque = np.where(OUTSIDE, 0, 65535).astype(np.uint16)
        deep = np.dstack([deep, opaque])
    rows = [row.astype(">u2").tobytes() for row in deep]
    found, told = seen(png(16, 6 if alpha else 2, rows))
    inside = ~OUTSIDE if alpha else slice(None)
    np.testing.assert_allclose(found[inside], COLOURS[inside], atol=1)
    assert ("Transparent" in told) == alpha


def transparent(mode: str) -> Image.Image:
    """The picture, white and fully transparent outside."""
    alpha = Image.fromarray(np.where(OUTSIDE, 0, 255).astype(np.uint8))
    white = Image.fromarray(np.where(OUTSIDE[..., None], 255, COLOURS).astype(np.uint8))
    white.putalpha(alpha)
    return white.convert(mode)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_what_is_transparent_is_empty_sky(seen, mode, kind):
    found, told = seen(transparent(mode), kind)
    assert (found[OUTSIDE] == SKY).all()
    expected = COLOURS
    if mode == "LA":
        grey = np.asarray(Image.fromarray(COLOURS).convert("L"))
        expected = np.stack([grey] * 3, axis=2)
    np.testing.assert_allclose(found[~OUTSIDE], expected[~OUTSIDE], atol=2)
    assert "Transparent pixels (69%) were treated as empty sky" in told


def test_half_transparent_pixels_are_between_the_picture_and_sky(seen):
    picture = Image.fromarray(COLOURS)
    picture.putalpha(128)
    found, _ = seen(picture)
    mean = COLOURS * (128 / 255) + SKY * (127 / 255)
    np.testing.assert_allclose(found, mean, atol=1)


@pytest.mark.parametrize(
    ("depth", "colour", "key", "white"),
    [(2, 0, 3, 0b11), (4, 0, 15, 0b1111), (8, 0, 255, 255), (16, 0, 65535, 65535)],
)
def test_a_transparent_grey_has_the_depth_of_the_file(seen, depth, colour, key, white):
    levels = np.where(
        OUTSIDE, white, np.minimum(GREY.astype(int) * white // 300, white)
    )
    if depth == 16:
        rows = [row.astype(">u2").tobytes() for row in levels]
    else:
        bits = (levels[..., None] >> np.arange(depth)[::-1]) & 1
        rows = [np.packbits(row).tobytes() for row in bits.reshape(64, -1)]
    found, told = seen(png(depth, colour, rows, tRNS=struct.pack(">H", key)))
    assert (found[OUTSIDE] == SKY).all() and "Transparent" in told


def test_a_transparent_colour_of_16_bits(seen):
    deep = np.where(OUTSIDE[..., None], 60000, COLOURS.astype(int) * 200)
    rows = [row.astype(">u2").tobytes() for row in deep]
    found, told = seen(png(16, 2, rows, tRNS=struct.pack(">HHH", 60000, 60000, 60000)))
    assert (found[OUTSIDE] == SKY).all() and "Transparent" in told


def test_a_palette_counts_by_its_colours_and_its_transparent_index(seen):
    picture = Image.fromarray(np.where(OUTSIDE, 0, 1 + GREY // 64).astype(np.uint8))
    picture.putpalette(bytes([255, 255, 255, 40, 30, 20, 90, 60, 30, 160, 110, 60]))
    found, _ = seen(picture)
    assert (found[OUTSIDE] == 255).all()
    np.testing.assert_allclose(found[32, 20], [90, 60, 30], atol=1)
    found, told = seen(picture, transparency=0)
    assert (found[OUTSIDE] == SKY).all() and "Transparent" in told


def test_one_bit_cmyk_and_turned_pictures(seen):
    found, _ = seen(Image.fromarray(GREY > 100))
    assert set(np.unique(found)) == {0, 255}
    found, _ = seen(Image.fromarray(COLOURS).convert("CMYK"), "JPEG", quality=99)
    np.testing.assert_allclose(found, COLOURS, atol=12)
    exif = Image.Exif()
    exif[274] = 6  # to be turned by 90 degrees
    wide = COLOURS[10:40]
    found, _ = seen(Image.fromarray(wide), "JPEG", exif=exif, quality=99)
    assert found.shape == (64, 30, 3)
    np.testing.assert_allclose(found, np.rot90(wide, -1), atol=12)


def test_only_the_first_of_several_images_is_used_and_told(seen):
    first, second = Image.fromarray(COLOURS), Image.fromarray(255 - COLOURS)
    found, told = seen(first, "TIFF", save_all=True, append_images=[second])
    np.testing.assert_allclose(found, COLOURS, atol=1)
    assert "has 2 images; the first was used" in told


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (GREY.astype(np.float32), "floating-point numbers; expected"),
        (GREY.astype(np.int32), "32-bit integers; expected"),
    ],
)
def test_pixels_without_a_known_range_are_refused(seen, values, says):
    with pytest.raises(MorphError, match=says):
        seen(Image.fromarray(values), "TIFF")


def test_a_picture_that_is_all_transparent_is_refused(seen):
    picture = Image.fromarray(COLOURS)
    picture.putalpha(0)
    with pytest.raises(MorphError, match="all its pixels are transparent"):
        seen(picture)


def test_colours_of_floats_are_refused(seen):
    values = io.BytesIO()
    rows = COLOURS.astype("<f4").tobytes()
    tags = [
        (256, 4, 1, 64),
        (257, 4, 1, 64),
        (258, 3, 1, 32),
        (262, 3, 1, 2),
        (273, 4, 1, 8),
        (277, 3, 1, 3),
        (279, 4, 1, len(rows)),
        (339, 3, 1, 3),
    ]
    values.write(b"II*\0" + struct.pack("<I", 8 + len(rows)) + rows)
    values.write(struct.pack("<H", len(tags)))
    values.write(b"".join(struct.pack("<HHII", *tag) for tag in tags) + b"\0" * 4)
    with pytest.raises(MorphError, match="not 8-bit or 16-bit"):
        seen(values.getvalue())


def test_the_largest_picture_that_is_accepted_is_decoded_within_the_limits():
    side = SIDES[1]
    pixels = np.full((side, side, 3), SKY, dtype=np.uint8)
    pixels[1000:1064, 2000:2064] = COLOURS
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    flux = read_picture(file.getvalue(), "large.png").flux
    seen = colour_picture(flux[:, 1000:1064, 2000:2064])
    np.testing.assert_allclose(seen, COLOURS, atol=1)
