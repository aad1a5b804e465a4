"""Thumbnails of galaxies over HTTP, of cutout stores, else of the survey's service."""

import asyncio
import io
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import cutouts_folder, home, release_folder
from morph.images import store
from morph.images.new_stores.made_for import store_names
from morph.images.stretch import colour_picture
from morph.images.surveys import survey_called
from morph.release.folder import Manifest, read_manifest
from pages.common.server.routes import serving, survey_pictures

ROUTE = "/thumb/{release}/{iauname}.jpg"
WIDTHS = (64, 1024)  # pixels; a wider request gets the widest, never an error
DEFAULT_WIDTH = 256

MISSING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">'
    '<rect width="128" height="128" fill="#171b27"/>'
    '<g fill="none" stroke="#6c7280" stroke-width="3">'
    '<ellipse cx="64" cy="64" rx="34" ry="13" transform="rotate(-24 64 64)"/>'
    '<circle cx="64" cy="64" r="7"/><path d="M28 100 100 28"/></g></svg>'
)


def url(release: LoadedRelease, iauname: str, *, width: int) -> str:
    """URL of a galaxy's image, new for a release loaded anew; "{}" for a pattern."""
    folder = f"{serving.base_path()}/thumb/{quote(release.release_id)}"
    version = release.key.rpartition("@")[2]
    return f"{folder}/{quote(iauname, safe='{}')}.jpg?w={width}&v={version}"


def with_picture(manifest: Manifest, names: Iterable[str]) -> set[str]:
    """Those of ``names`` with an image in one of the release's cutout stores."""
    names = list(names)
    parts = (store.names_with_cutout(folder, names) for folder in stores(manifest))
    return set().union(*parts)


def shown(manifest: Manifest, names: Iterable[str]) -> set[str]:
    """Those of ``names`` with an image to show: a stored one, or one to request."""
    names = list(names)
    if survey_pictures.are_coming(manifest):
        return set(names)
    return with_picture(manifest, names)


def missing_stores(manifest: Manifest) -> list[Path]:
    """Cutout stores of a release that do not exist."""
    return [folder for folder in stores(manifest) if not serving.stamp(folder)]


async def respond(request: Request) -> Response:
    """Answer ``/thumb/{release}/{iauname}.jpg?w=256``: a JPEG, or 404 as SVG."""
    iauname = request.path_params["iauname"]
    width = _width(request.query_params.get("w", ""))
    jpeg = None
    try:
        manifest = await run_in_threadpool(
            read_manifest, release_folder(home(), request.path_params["release"])
        )
        jpeg = await picture(manifest, iauname, width)
    except MorphError:
        jpeg = None
    if jpeg is not None:
        return serving.image(request, jpeg, "image/jpeg")
    # A browser draws the body of a 404 where it is an image, so nothing looks broken.
    return Response(MISSING, 404, {"Cache-Control": "no-store"}, "image/svg+xml")


async def picture(manifest: Manifest, iauname: str, width: int) -> bytes | None:
    """The JPEG of a galaxy of a release, stored or requested; None if there is none."""
    found = await run_in_threadpool(_stored, manifest, iauname, width)
    if found is None and survey_pictures.are_coming(manifest):
        found = await _requested(manifest, iauname, width)
    return found


def _stored(manifest: Manifest, iauname: str, width: int) -> bytes | None:
    """The image in the first store with the galaxy."""
    pictures = (made(folder, iauname, width) for folder in stores(manifest))
    return next((picture for picture in pictures if picture is not None), None)


def made(folder: Path, iauname: str, width: int) -> bytes | None:
    """The JPEG of a galaxy in a store, or None; the latest are kept in memory."""
    stamp = serving.stamp(folder)
    return _encoded(folder, stamp, iauname, width) if stamp else None


async def _requested(manifest: Manifest, iauname: str, width: int) -> bytes | None:
    """The image from the service of the survey; no thread waits for it here.

    Other requests may wait for the same one, so it is not cancelled with this request.
    """
    coming = await run_in_threadpool(survey_pictures.request, manifest, iauname, width)
    picture = await asyncio.shield(asyncio.wrap_future(coming))
    return None if picture is None else await run_in_threadpool(_narrow, picture, width)


def _narrow(picture: bytes, width: int) -> bytes:
    """Our own JPEG from the service, at most ``width`` pixels wide."""
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
        if image.width <= width:
            return picture
        return store.encode_jpeg(np.asarray(image), width=width)


def _width(asked: str) -> int:
    width = int(asked) if asked.isdecimal() and len(asked) < 7 else DEFAULT_WIDTH
    return min(max(width, WIDTHS[0]), WIDTHS[1])


def stores(manifest: Manifest) -> list[Path]:
    """Folders of the cutout stores that a release's pictures come from."""
    root = home()
    return [cutouts_folder(root, name) for name in store_names(root, manifest)]


@lru_cache(maxsize=4096)
def _encoded(folder: Path, stamp: int, iauname: str, width: int) -> bytes | None:
    flux = store.find_cutout(folder, iauname)
    if flux is None:
        return None
    colours = survey_called(store.read_store_manifest(folder).survey).colours
    picture = colour_picture(flux, colours=colours)
    return store.encode_jpeg(picture, width=min(width, picture.shape[1]))
