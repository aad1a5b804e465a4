"""Thumbnails of galaxies over HTTP, encoded from the cutout stores on request."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import cutouts_folder, home, release_folder
from morph.images import store
from morph.images.stretch import colour_picture
from morph.release.folder import Manifest, read_manifest
from pages.common.server import serving

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


def missing_stores(manifest: Manifest) -> list[Path]:
    """Cutout stores of a release that do not exist."""
    return [folder for folder in stores(manifest) if not serving.stamp(folder)]


def respond(request: Request) -> Response:
    """Answer ``/thumb/{release}/{iauname}.jpg?w=256``: a JPEG, or 404 as SVG."""
    iauname = request.path_params["iauname"]
    width = _width(request.query_params.get("w", ""))
    try:
        manifest = read_manifest(release_folder(home(), request.path_params["release"]))
        folders = [folder for folder in stores(manifest) if serving.stamp(folder)]
    except MorphError:
        folders = []
    for folder in folders:
        picture = _encoded(folder, serving.stamp(folder), iauname, width)
        if picture is not None:
            return serving.image(request, picture, "image/jpeg")
    # A browser draws the body of a 404 where it is an image, so nothing looks broken.
    return Response(MISSING, 404, {"Cache-Control": "no-store"}, "image/svg+xml")


def _width(asked: str) -> int:
    width = int(asked) if asked.isdecimal() and len(asked) < 7 else DEFAULT_WIDTH
    return min(max(width, WIDTHS[0]), WIDTHS[1])


def stores(manifest: Manifest) -> list[Path]:
    """Folders of the cutout stores that a release's pictures come from."""
    return [cutouts_folder(home(), name) for name in manifest.cutouts]


@lru_cache(maxsize=4096)
def _encoded(folder: Path, stamp: int, iauname: str, width: int) -> bytes | None:
    flux = store.find_cutout(folder, iauname)
    if flux is None:
        return None
    picture = colour_picture(flux)
    return store.encode_jpeg(picture, width=min(width, picture.shape[1]))
