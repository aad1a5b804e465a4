"""Pictures of galaxies as a zip of JPEG files."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from morph.errors import MorphError
from morph.images.store import colour_picture, encode_jpeg, find_cutout

MOST = 500
_WIDTH = 256  # pixels


def zip_of_pictures(
    stores: Sequence[Path], names: Sequence[str], *, about: str
) -> bytes:
    """Pictures named ``<iauname>.jpg``, of those galaxies that a store has.

    Parameters
    ----------
    stores : sequence of Path
        Folders of cutout stores; a galaxy's picture comes from the first that has it.
    about : str
        What they are, written beside them as ``README.txt``.

    Raises
    ------
    MorphError
        If there are more than 500 galaxies.
    """
    if len(names) > MOST:
        raise MorphError(
            f"{len(names):,} pictures are too many for one zip; it may hold {MOST}. "
            "Select fewer"
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("README.txt", about)
        for name in names:
            picture = _picture(stores, name)
            if picture is not None:
                archive.writestr(f"{name}.jpg", picture)
    return file.getvalue()


def _picture(stores: Sequence[Path], name: str) -> bytes | None:
    for folder in stores:
        flux = find_cutout(folder, name)
        if flux is not None:
            return encode_jpeg(colour_picture(flux), width=_WIDTH)
    return None
