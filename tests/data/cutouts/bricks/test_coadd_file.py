"""Files of bricks that cannot be used: broken, of another place, scale or release."""

import shutil
from dataclasses import replace

import pytest
from astropy.io import fits

from data.cutouts.bricks.brick_files import BrickFolder, OpenBrick, file_name
from data.cutouts.bricks.brick_grid import brick_at
from data.cutouts.bricks.coadd_file import CoaddTrouble
from data.cutouts.bricks.coadd_header import release_of
from tests.made_bricks import Made, write_brick

BRICK, OTHER = brick_at(150.13, 2.01), brick_at(150.4, 2.01)
SMALL = Made(flat=True, pixels=60, pixscale_arcsec=15.72)
SCALE = SMALL.pixscale_arcsec


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_brick(tmp_path_factory.mktemp("bricks"), BRICK, made=SMALL)


@pytest.fixture
def folder(written, tmp_path):
    """A copy of the files of a brick."""
    return shutil.copytree(written, tmp_path / "bricks")


def opened(folder, *, scale=SCALE, layer="ls-dr9-south", bands=("g", "r", "z")):
    brick = OpenBrick(BrickFolder(folder, bands, scale), BRICK, layer)
    brick.close()
    return brick


def image(folder, band="r", kind="image"):
    return folder / file_name(BRICK, kind, band)


def edit(path, **keys):
    with fits.open(path, mode="update") as file:
        file[1].header.update(keys)


def test_all_bands_of_a_whole_brick_are_used(folder):
    brick = opened(folder)
    assert (brick.bands, brick.absent) == (("g", "r", "z"), ())


@pytest.mark.parametrize("below", ["coadd", "south/coadd", ""])
def test_files_are_found_in_the_layout_of_the_releases(folder, tmp_path, below):
    name = BRICK.name
    place = tmp_path / "release" / below / name[:3] / name
    place.parent.mkdir(parents=True)
    folder.rename(place)
    assert opened(tmp_path / "release").bands == ("g", "r", "z")


def test_a_band_without_a_file_is_not_used(folder):
    image(folder, "z").unlink()
    image(folder, "g", "invvar").unlink()
    brick = opened(folder)
    assert brick.bands == ("r",)
    assert brick.absent == (image(folder, "g", "invvar").name, image(folder, "z").name)


def without_mask(folder):
    (folder / file_name(BRICK, "maskbits", "")).unlink()
    return folder


@pytest.mark.parametrize("layer", ["ls-dr9-south", "another"])
def test_no_band_is_used_without_the_mask(folder, layer):
    assert opened(without_mask(folder), layer=layer).bands == ()


def test_releases_before_7_have_no_mask(tmp_path):
    write_brick(tmp_path, BRICK, made=replace(SMALL, release=5000))
    assert opened(without_mask(tmp_path), layer="ls-dr5").bands == ("g", "r", "z")


@pytest.mark.parametrize("part", [0.0, 0.02, 0.5, 0.999])
def test_a_truncated_file_is_named(folder, part):
    path = image(folder)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(CoaddTrouble, match=f"{path.name} is .*Download it again"):
        opened(folder)


def test_a_page_in_place_of_a_file_is_named(folder):
    image(folder).write_text("<!DOCTYPE html><html>404 Not Found</html>")
    with pytest.raises(
        CoaddTrouble, match="is not a FITS file: it begins with b'<!DOC"
    ):
        opened(folder)


def test_damaged_pixels_are_named(folder):
    path = image(folder)
    data = bytearray(path.read_bytes())
    with fits.open(path) as file:
        start = file[1].fileinfo()["datLoc"]
    data[start : start + 8] = b"\xff" * 8  # where the pixels of the first tile are
    path.write_bytes(data)
    brick = OpenBrick(BrickFolder(folder, ("r",), SCALE), BRICK, "ls-dr9-south")
    with pytest.raises(CoaddTrouble, match=f"{path.name} is damaged"):
        brick.read(["r"], slice(0, 60), slice(0, 60))
    brick.close()


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"BRICK": "1234p567"}, "states BRICK = 1234p567; expected 1501p020"),
        ({"BRICKID": 12}, "states BRICKID = 12; expected"),
        ({"FILTERX": "g"}, "states FILTERX = g; expected r"),
        ({"IMTYPE": "model"}, "states IMTYPE = model; expected image"),
        ({"RAMIN": 149.0}, "states RAMIN = 149.0; expected 150.0"),
        ({"CRVAL1": 150.4}, r"is centred on 150.4000 \+2.0000; the brick 1501p020 is"),
        ({"BUNIT": "uJy"}, "is in uJy; expected nanomaggy"),
        ({"MAGZERO": 25.0}, "states MAGZERO = 25.0; expected 22.5"),
        ({"CTYPE1": "RA---SIN"}, "has the projection RA---SIN"),
        ({"EQUINOX": 1950.0}, "has the equinox 1950"),
        (
            {"LSDR": "DR8"},
            "is of data release 8; the survey has the layer ls-dr9-south",
        ),
        (
            {"DRVERSIO": 9011},
            r"is of the north \(DRVERSIO 9011\); the survey has ls-dr9",
        ),
        ({"CD1_1": -1.0, "CD2_2": 1.0}, "has pixels of 3600 arcsec; expected 15.72"),
        ({"CRPIX1": 20.0}, "has other pixels than the image beside it"),
    ],
)
def test_contradictions_are_refused_in_words(folder, keys, says):
    edit(image(folder), **keys)
    with pytest.raises(CoaddTrouble, match=f"{image(folder).name} {says}"):
        opened(folder)


def test_another_pixel_scale_is_refused(folder):
    with pytest.raises(
        CoaddTrouble, match=r"15\.72 arcsec; expected 0\.262, the pixel"
    ):
        opened(folder, scale=0.262)


def test_a_file_under_the_name_of_another_brick_is_refused(folder):
    write_brick(folder, OTHER, made=SMALL)
    shutil.copy(folder / file_name(OTHER, "image", "r"), image(folder))
    with pytest.raises(CoaddTrouble, match=f"states BRICK = {OTHER.name}; expected"):
        opened(folder)


@pytest.mark.parametrize(
    ("layer", "release"),
    [
        ("ls-dr9-south", (9, "south")),
        ("ls-dr10", (10, "")),
        ("ls-dr9.1-north", (9, "north")),
        ("hsc-dr3", (None, "")),
    ],
)
def test_layers_name_releases(layer, release):
    assert release_of(layer) == release
